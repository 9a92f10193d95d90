import type { z } from 'zod'
import { CatalogError } from '../../catalog/catalog-error.ts'
import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import type { Bar } from './bar.ts'
import type { Lookback } from './base-series.ts'
import type { SideField } from './side-fields.ts'
import type { Slice } from './slice.ts'

/** What an indicator does. Both functions are built once per engine and hold no data: all data is in `state`. */
export type BoundIndicator = {
  /**
   * Folds one bar into the indicator's slice and writes each of its columns of `out`. The base rings already hold the bar, and
   * `out` the values of its dependencies. What it writes before its warm-up is over is replaced by NaN.
   */
  step(state: Float64Array, bar: Bar, out: Float64Array): void
  /** Fills its `recompute` slots again after a split; all other slots are in the new units. `barCount` bars have been folded. */
  recompute?(state: Float64Array, barCount: number): void
}

/** What a definition says about one catalog row before anything is allocated. */
export type IndicatorPlan = {
  /** Output names in catalog order. */
  readonly outputs: readonly string[]
  /** The first value is at 0-based bar `warmupBars - 1`. Undefined: the data decides. */
  readonly warmupBars: number | undefined
  /** What it reads back of the shared series. */
  readonly lookback?: Lookback
  /** Windows of the shared series that it asks the highest and the lowest value of. */
  readonly highest?: Lookback
  readonly lowest?: Lookback
  /** Ids of the indicators whose values of the same bar it reads. */
  readonly dependencies?: readonly string[]
  /** What it reads from outside the series. */
  readonly side?: readonly SideField[]
  /** Allocates the indicator's slots in `slice` and returns its functions. */
  bind(slice: Slice): BoundIndicator
}

/** The code for some catalog ids that differ in their parameters only. */
export type IndicatorDefinition = {
  readonly ids: readonly string[]
  /** Throws {@link CatalogError} `CATALOG_PARAMETER` when the row's parameters are not exactly those that the code knows. */
  plan(row: IndicatorRow): IndicatorPlan
}

/** Ties catalog ids to a parameter schema (a strict object: an unknown parameter is an error) and to what they mean. */
export function defineIndicator<Params>(definition: {
  readonly ids: readonly string[]
  readonly params: z.ZodType<Params>
  plan(params: Params): IndicatorPlan
}): IndicatorDefinition {
  return {
    ids: definition.ids,
    plan(row) {
      const params = definition.params.safeParse(row.params)
      if (params.success) return definition.plan(params.data)
      const issue = params.error.issues[0]
      const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
      throw new CatalogError(
        'CATALOG_PARAMETER',
        { file: row.file, line: row.line, column: 'default_params', id: row.id },
        `${where}${issue?.message ?? 'malformed'}`,
      )
    },
  }
}
