import { loadCompositeCatalog } from '../../../catalog/indicators.ts'
import { createBarInput } from '../../../processors/indicators/bar.ts'
import type { IndicatorDefinition } from '../../../processors/indicators/definition.ts'
import { createIndicatorEngine } from '../../../processors/indicators/engine.ts'
import { INDICATOR_DEFINITIONS } from '../../../processors/indicators/registry.ts'
import type { Candle } from './candles.ts'

/** A bar, and by `<indicator id>.<output>` the values that the dependencies of the indicator under test have on it. */
export type PlayedBar = Partial<Candle> & { readonly given?: Readonly<Record<string, number>> }

/**
 * The values, by output, of a row of the L2/L3 catalog on bars (by default flat at 100) with dependencies that play what is given,
 * NaN where nothing is. `after` bars without anything come first, so that the row is warm.
 */
export function play(id: string, bars: readonly PlayedBar[], after = 0): Record<string, number[]> {
  const row = loadCompositeCatalog().find((candidate) => candidate.id === id)
  const definition = INDICATOR_DEFINITIONS.find(({ ids }) => ids.includes(id))
  if (row === undefined || definition === undefined) throw new Error(`no row or no definition ${id}`)
  const keys = [...new Set(bars.flatMap(({ given = {} }) => Object.keys(given)))]
  let current: PlayedBar = {}
  const players = (definition.plan(row).dependencies ?? []).map((dependency) => {
    const given = keys.filter((key) => key.startsWith(`${dependency}.`)).map((key) => key.split('.')[1] ?? '')
    const outputs = given.length > 0 ? given : ['value']
    const columns = outputs.map((name) => ({ name, dtype: 'float64', unit: 'ratio', min: null, max: null }) as const)
    const played: IndicatorDefinition = {
      ids: [dependency],
      plan: () => ({
        outputs,
        warmupBars: undefined,
        bind: (slice) => ({
          step(_state, _bar, out) {
            for (const name of outputs) out[slice.column(name)] = current.given?.[`${dependency}.${name}`] ?? Number.NaN
          },
        }),
      }),
    }
    return { row: { ...row, id: dependency, params: {}, outputs: columns, warmupBars: undefined }, played }
  })
  const engine = createIndicatorEngine([...players.map((player) => player.row), row], {
    definitions: [definition, ...players.map(({ played }) => played)],
  })
  const state = engine.createState()
  const out = new Float64Array(engine.columns.length)
  const values: Record<string, number[]> = {}
  const quiet: PlayedBar[] = Array.from({ length: after }, () => ({}))
  for (const [index, bar] of [...quiet, ...bars].entries()) {
    current = bar
    const { open = bar.close ?? 100, close = 100, volume = 1000 } = bar
    const { high = Math.max(open, close), low = Math.min(open, close) } = bar
    engine.step(state, Object.assign(createBarInput(), { open, high, low, close, volume }), out)
    if (index < after) continue
    for (const [column, { indicatorId, output, component = 0 }] of engine.columns.entries()) {
      if (indicatorId !== id) continue
      const name = component === 0 ? output : `${output}[${component}]`
      values[name] = [...(values[name] ?? []), out[column] ?? Number.NaN]
    }
  }
  return values
}
