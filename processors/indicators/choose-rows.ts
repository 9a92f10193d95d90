import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import { didYouMean } from '../../catalog/nearest-names.ts'
import { planIndicators } from './plan.ts'
import { INDICATOR_DEFINITIONS } from './registry.ts'
import { parseOtherTimeframe, type SideField } from './side-fields.ts'

const definedIds = new Set(INDICATOR_DEFINITIONS.flatMap(({ ids }) => ids))

/**
 * The rows of a catalog that an engine can compute from one symbol's bars and what is known beside them, in catalog order. The
 * others need all symbols of a timeframe at once.
 */
export function computableRows(rows: readonly IndicatorRow[]): readonly IndicatorRow[] {
  return rows.filter(({ id }) => definedIds.has(id))
}

/** What a row's values are computed from beside the bars. */
export type RowInputs = {
  /** Ids of indicators of the same symbol and timeframe. */
  readonly dependencies: readonly string[]
  /** Values from outside the series, other timeframes included. */
  readonly side: readonly SideField[]
}

/** The inputs of a row: those that it declares and those that its code has. Throws CatalogError as the engine does. */
export function inputsOf(row: IndicatorRow): RowInputs {
  if (!definedIds.has(row.id)) return { dependencies: row.dependencies, side: [] }
  const plan = planIndicators([row], INDICATOR_DEFINITIONS)[0]?.plan
  const dependencies = [...new Set([...row.dependencies, ...(plan?.dependencies ?? [])])]
  return { dependencies, side: plan?.side ?? [] }
}

/**
 * The named rows and all that they are computed from, directly or not, in catalog order. Throws RangeError for an id that is not
 * among the rows, naming those most like it, and for one that needs a cross-section.
 */
export function chooseRows(rows: readonly IndicatorRow[], ids: readonly string[]): readonly IndicatorRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const chosen = new Set<string>()
  const choose = (id: string): void => {
    if (chosen.has(id)) return
    const row = rowOf(byId, id)
    if (!definedIds.has(id)) throw new RangeError(`${id} is computed over all symbols at once, not over one series`)
    chosen.add(id)
    const { dependencies, side } = inputsOf(row)
    const others = side.flatMap((field) => parseOtherTimeframe(field)?.indicatorId ?? [])
    for (const needed of [...dependencies, ...others]) choose(needed)
  }
  for (const id of ids) choose(id)
  return rows.filter(({ id }) => chosen.has(id))
}

/** The row of an id. Throws RangeError with the ids most like it. */
export function rowOf(byId: ReadonlyMap<string, IndicatorRow>, id: string): IndicatorRow {
  const row = byId.get(id)
  if (row !== undefined) return row
  throw new RangeError(`There is no indicator ${JSON.stringify(id)}${didYouMean(id, [...byId.keys()])}`)
}
