import { hashOf } from './contract-json.ts'
import type { DerivedInput } from './derived-inputs.ts'
import type { FeatureRow } from './feature-row.ts'
import type { ResolvedFeature, ResolvedView } from './views.ts'

/** A feature, as its pack has it or as a view resolved it. */
export type ContractFeature = FeatureRow | ResolvedFeature

/**
 * What of a feature is in its contract, by the name of its column: every cell that a model relies on. Names, notes, aliases, fill and
 * drift thresholds are not in it. A resolved feature adds its `timeframe_rule`.
 */
export function contractEntry(feature: ContractFeature) {
  const { source } = feature
  return {
    ordinal: feature.ordinal,
    feature_id: feature.id,
    feature_channel: feature.channel,
    feature_dtype: feature.dtype,
    unit: feature.unit,
    range_min: feature.min,
    range_max: feature.max,
    range_action: feature.rangeAction,
    state_space: feature.stateSpace,
    enum_codes: feature.codes,
    transform: feature.transform,
    missing: feature.missing,
    warmup_policy: feature.warmupPolicy,
    lag_policy: feature.lagPolicy,
    max_staleness_bars: feature.maxStalenessBars,
    default_timeframe: feature.defaultTimeframe,
    default_timeframes: source.timeframes,
    default_agg: feature.defaultAggregate,
    enabled_default: feature.enabled,
    pack: feature.pack,
    scope: feature.scope,
    scale_class: feature.scaleClass,
    source_level: feature.sourceLevel,
    indicator_id: source.indicatorId,
    indicator_version: source.version,
    source_output: source.output,
    source_unit: source.unit,
    formula_hash: feature.formulaHash,
    ...('rule' in feature ? { timeframe_rule: feature.rule } : {}),
  }
}

/**
 * Hex sha256 of the contract of a pack: the list of its features in order. Of a pack as a view resolved it, the timeframe
 * rules are part; that is the hash in the header `contract.<pack_id>`.
 */
export function contractHash(pack: { readonly features: readonly ContractFeature[] }): string {
  return resolvedFeaturesHash(pack.features)
}

/** Hex sha256 of a list of features in the order a model takes them; a pack that grows behind them leaves it as it is. */
export function resolvedFeaturesHash(features: readonly ContractFeature[]): string {
  return hashOf(features.map(contractEntry))
}

/** What of a derived input is in the contract of a model: its place in the input, its transform, and the contract of its feature. */
export function derivedEntry({ id, transform, feature }: DerivedInput) {
  return { input_id: id, transform, feature: contractEntry(feature) }
}

/**
 * Hex sha256 of all that a model takes, in order, by the entries of its features and of the inputs derived of features. Without
 * derived ones it is that of the features alone.
 */
export function modelInputsHash(features: readonly unknown[], derived: readonly unknown[]): string {
  return hashOf(derived.length === 0 ? features : { features, derived })
}

/** The headers of every record of a view: `contract.<pack_id>` for each of its packs that has features. */
export function contractHeaders(view: ResolvedView): Readonly<Record<string, string>> {
  const served = view.packs.filter(({ features }) => features.length > 0)
  return Object.fromEntries(served.map((pack) => [`contract.${pack.id}`, contractHash(pack)]))
}
