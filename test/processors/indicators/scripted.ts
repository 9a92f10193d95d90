import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import { loadCompositeCatalog } from '../../../catalog/indicators.ts'
import { type BarInput, createBarInput } from '../../../processors/indicators/bar.ts'
import type { IndicatorDefinition } from '../../../processors/indicators/definition.ts'
import { createIndicatorEngine } from '../../../processors/indicators/engine.ts'
import { eventsDefinitions } from '../../../processors/indicators/events/definitions.ts'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import { statesDefinitions } from '../../../processors/indicators/states/definitions.ts'

const DEFINITIONS = [...statesDefinitions, ...eventsDefinitions]

/** What a bar of a scripted series says beyond being a bar of price 100. */
export type ScriptedBar = Partial<Omit<BarInput, 'side' | 'session'>> & {
  /** Ordinal of its session. */
  readonly session?: number
  readonly side?: Partial<Readonly<Record<SideField, number>>>
}

/** Bars without news. */
export function quietBars(count: number): ScriptedBar[] {
  return Array.from({ length: count }, () => ({}))
}

/** The same value on `count` bars. */
export function constant(count: number, value: number): number[] {
  return Array.from({ length: count }, () => value)
}

/**
 * The values, by output name, that a row of the L2/L3 catalog takes on `bars` where its dependencies have the values of
 * `inputs`, keyed `<indicator_id>.<output>`; NaN beyond the end of a list, and for what is not in it. Params may be replaced.
 */
export function runScripted(
  id: string,
  inputs: Readonly<Record<string, readonly number[]>>,
  bars: readonly ScriptedBar[],
  params?: Readonly<Record<string, unknown>>,
): Record<string, number[]> {
  const found = loadCompositeCatalog().find((row) => row.id === id)
  const definition = DEFINITIONS.find(({ ids }) => ids.includes(id))
  if (found === undefined || definition === undefined) throw new Error(`no row or no definition ${id}`)
  const row = params === undefined ? found : withParams(found, definition, params)
  const outputsOf = new Map<string, string[]>()
  for (const dependency of definition.plan(row).dependencies ?? []) outputsOf.set(dependency, [])
  for (const key of Object.keys(inputs)) {
    const [dependency = '', output = ''] = key.split('.')
    outputsOf.get(dependency)?.push(output)
  }
  const stages = [...outputsOf].map(([dependency, outputs]) => {
    const names = outputs.length === 0 ? ['value'] : outputs
    const columns = names.map((name) => ({ name, dtype: 'float64', unit: 'ratio', min: null, max: null }) as const)
    const source = { ...found, id: dependency, params: {}, outputs: columns, warmupBars: undefined }
    return { source, played: played(dependency, names, inputs) }
  })
  const engine = createIndicatorEngine([...stages.map(({ source }) => source), row], {
    definitions: [definition, ...stages.map((stage) => stage.played)],
  })

  const state = engine.createState()
  const input = createBarInput(engine.sideFields.length)
  const out = new Float64Array(engine.columns.length)
  const own = engine.columns.flatMap(({ indicatorId, output }, index) =>
    indicatorId === id ? [{ output, index }] : [],
  )
  const values: Record<string, number[]> = Object.fromEntries(own.map(({ output }) => [output, []]))
  for (const { session = Number.NaN, side = {}, ...bar } of bars) {
    const price = bar.close ?? 100
    Object.assign(input, { timeframe: '1d', open: price, high: price, low: price, close: price, volume: 1000, ...bar })
    input.session.ordinal = session
    engine.sideFields.forEach((field, index) => {
      input.side[index] = side[field] ?? Number.NaN
    })
    engine.step(state, input, out)
    for (const { output, index } of own) values[output]?.push(out[index] ?? Number.NaN)
  }
  return values
}

/** A row with other params, and the warm-up that they give it. */
function withParams(row: IndicatorRow, definition: IndicatorDefinition, params: IndicatorRow['params']): IndicatorRow {
  const changed = { ...row, params }
  return { ...changed, warmupBars: definition.plan(changed).warmupBars }
}

/** A dependency that plays what the test wrote. */
function played(id: string, outputs: readonly string[], inputs: Readonly<Record<string, readonly number[]>>) {
  const definition: IndicatorDefinition = {
    ids: [id],
    plan: () => ({
      outputs,
      warmupBars: undefined,
      bind(slice) {
        const columns = outputs.map((output) => ({ at: slice.column(output), from: inputs[`${id}.${output}`] ?? [] }))
        return {
          step(_state, bar, out) {
            for (const { at, from } of columns) out[at] = from[bar.index] ?? Number.NaN
          },
        }
      },
    }),
  }
  return definition
}
