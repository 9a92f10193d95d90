import type { FeatureRow } from './feature-row.ts'
import type { TimeframeRule } from './feature-timeframe.ts'

/** The indicator whose zones are a table in the rows of a view. */
export const ZONE_INDICATOR = 'sr_zone_v1'

/**
 * The first feature of a view that the zones of its own bars make; a view that has one shows the table of the zones beside its
 * features. Undefined: it has none.
 */
export function zoneSource<
  T extends { readonly source: Pick<FeatureRow['source'], 'indicatorId'>; readonly rule: TimeframeRule },
>(features: readonly T[]): T | undefined {
  return features.find(({ source, rule }) => source.indicatorId === ZONE_INDICATOR && rule.kind === 'own')
}
