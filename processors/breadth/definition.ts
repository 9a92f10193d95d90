import type { z } from 'zod'
import { CatalogError } from '../../catalog/catalog-error.ts'
import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import type { Slice } from '../indicators/slice.ts'
import type { Results, Section } from './section.ts'

/** A row's view of what it reads and writes while a cross-section is planned. Slots are those of the timeframe's market state. */
export interface CrossSlice extends Pick<Slice, 'slots' | 'ring' | 'column' | 'input'> {
  /** The same slots, for the state machines and ranks of the indicators. */
  readonly market: Slice
  /** Place of a field of stage one in the values of a member. */
  field(name: string): number
  /** Appends slots to the state of every symbol, 0 at first, and returns the offset of the first. */
  symbolSlots(name: string, size: number): number
  /** The sectors of the catalog that have symbols in the universe, by name. */
  readonly sectors: readonly string[]
}

/** What a row does at a barrier. It holds no data: all data is in `state` and in the states of the symbols. */
export type BoundRow = {
  /**
   * Folds a section and writes each column of the row. What a market-wide row writes before its warm-up is over is replaced by
   * NaN. A market-wide row finds the values of its dependencies in `results`.
   */
  step(state: Float64Array, section: Section, results: Results): void
}

/** What a definition says about a row before anything is allocated. */
export type CrossPlan = {
  /** Output names in catalog order. */
  readonly outputs: readonly string[]
  /** Market-wide: the first value is at the barrier of 0-based number `warmupBars - 1`. Else it is about the symbol's own bars. */
  readonly warmupBars: number | undefined
  /** The fields of stage one that it reads. */
  readonly reads: readonly string[]
  /** Ids of the market-wide rows whose values of the same barrier it reads. */
  readonly dependencies?: readonly string[]
  bind(slice: CrossSlice): BoundRow
}

/** The code for some cross-sectional catalog ids. */
export type CrossDefinition = {
  readonly ids: readonly string[]
  /** `catalog` is all rows. Throws {@link CatalogError} when the row's parameters are not those that the code knows. */
  plan(row: IndicatorRow, catalog: readonly IndicatorRow[]): CrossPlan
}

/** Ties catalog ids to a parameter schema (a strict object: an unknown parameter is an error) and to what they mean. */
export function defineCrossRow<Params>(definition: {
  readonly id: string
  readonly params: z.ZodType<Params>
  plan(params: Params): CrossPlan
}): CrossDefinition {
  return {
    ids: [definition.id],
    plan(row) {
      const params = definition.params.safeParse(row.params)
      if (params.success) return definition.plan(params.data)
      const issue = params.error.issues[0]
      const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
      const place = { file: row.file, line: row.line, column: 'pattern_window', id: row.id }
      throw new CatalogError('CATALOG_PARAMETER', place, `${where}${issue?.message ?? 'malformed'}`)
    },
  }
}
