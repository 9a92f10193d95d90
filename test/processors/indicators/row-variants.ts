import { loadIndicatorCatalog } from '../../../catalog/indicators.ts'
import { createBarInput } from '../../../processors/indicators/bar.ts'
import { createIndicatorEngine } from '../../../processors/indicators/engine.ts'
import { INDICATOR_DEFINITIONS } from '../../../processors/indicators/registry.ts'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import type { Candle } from './candles.ts'

/** A catalog row under another id with some other parameters, as other people's examples use them. */
export type RowVariant = {
  readonly id: string
  readonly of: string
  readonly params: Readonly<Record<string, unknown>>
}

const catalog = loadIndicatorCatalog()

/**
 * Folds bars of one session through catalog rows (by id) and variants of them, which must include what they depend on, and
 * returns the values by column name. `side` says what is known from outside at a bar.
 */
export function foldVariants(
  rows: readonly (string | RowVariant)[],
  bars: readonly Candle[],
  side: (index: number) => Partial<Record<SideField, number>> = () => ({}),
): ReadonlyMap<string, readonly number[]> {
  const variants = rows.map((row) => (typeof row === 'string' ? { id: row, of: row, params: {} } : row))
  const definitions = INDICATOR_DEFINITIONS.map((definition) => {
    const own = variants.filter(({ of }) => definition.ids.includes(of)).map(({ id }) => id)
    return { ...definition, ids: [...new Set([...definition.ids, ...own])] }
  })
  const engine = createIndicatorEngine(
    variants.map(({ id, of, params }) => {
      const row = catalog.find((candidate) => candidate.id === of)
      if (row === undefined) throw new Error(`no row ${of}`)
      const variant = { ...row, id, params: { ...row.params, ...params } }
      const plan = definitions.find(({ ids }) => ids.includes(id))?.plan(variant)
      return { ...variant, warmupBars: plan?.warmupBars }
    }),
    { definitions },
  )
  const state = engine.createState()
  const input = createBarInput(engine.sideFields.length)
  const out = new Float64Array(engine.columns.length)
  const columns = new Map(engine.columns.map(({ name }) => [name, [] as number[]]))
  for (const [index, bar] of bars.entries()) {
    const known = side(index)
    Object.assign(input, bar)
    Object.assign(input.session, { ordinal: 0, bar: index })
    for (const [place, field] of engine.sideFields.entries()) input.side[place] = known[field] ?? Number.NaN
    engine.step(state, input, out)
    for (const [place, { name }] of engine.columns.entries()) columns.get(name)?.push(out[place] ?? Number.NaN)
  }
  return columns
}
