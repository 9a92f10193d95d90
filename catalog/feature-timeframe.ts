import type { Aggregate, FeatureRow } from './feature-row.ts'
import { TIMEFRAMES, type Timeframe } from './timeframe.ts'

/**
 * Which bars a feature of a view is computed on: the view's own; those of a shorter timeframe, made one by `aggregate`; or the
 * newest closed one of a longer timeframe.
 */
export type TimeframeRule =
  | { readonly kind: 'own'; readonly timeframe: Timeframe }
  | { readonly kind: 'aggregate'; readonly timeframe: Timeframe; readonly aggregate: Aggregate }
  | { readonly kind: 'htf_closed'; readonly timeframe: Timeframe }

/**
 * The rule of a feature in a view of this timeframe (NOTATION.md, "View timeframe"): own bars if the indicator lists them, else
 * the longest shorter timeframe that it lists, else the shortest longer one.
 */
export function timeframeRule(feature: FeatureRow, view: Timeframe): TimeframeRule {
  const listed = TIMEFRAMES.filter((timeframe) => feature.source.timeframes.includes(timeframe))
  if (listed.includes(view)) return { kind: 'own', timeframe: view }
  const shorter = listed.filter((timeframe) => TIMEFRAMES.indexOf(timeframe) < TIMEFRAMES.indexOf(view)).at(-1)
  if (shorter !== undefined) return { kind: 'aggregate', timeframe: shorter, aggregate: feature.defaultAggregate }
  const longer = listed[0]
  if (longer === undefined) throw new RangeError(`Indicator ${feature.source.indicatorId} lists no timeframe`)
  return { kind: 'htf_closed', timeframe: longer }
}
