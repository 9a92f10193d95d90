import { CatalogError } from './catalog-error.ts'
import { loadViews, type View } from './declared-views.ts'
import type { FeatureRow } from './feature-row.ts'
import { type TimeframeRule, timeframeRule } from './feature-timeframe.ts'
import { loadFeatures } from './features.ts'
import { packOf } from './packs.ts'

/** A feature of a view, and the bars it is computed on there. */
export type ResolvedFeature = FeatureRow & { readonly rule: TimeframeRule }

/** A pack version as a view serves it. */
export type ResolvedPack = { readonly id: string; readonly features: readonly ResolvedFeature[] }

/**
 * A view with its features: `packs` in the order declared, one without rows yet included; `features` in the order of packs and
 * ordinals, each once.
 */
export type ResolvedView = Omit<View, 'packs'> & {
  readonly packs: readonly ResolvedPack[]
  readonly features: readonly ResolvedFeature[]
}

/** Every view that is declared, with its features. Throws as {@link resolveView} does. */
export function loadResolvedViews(): readonly ResolvedView[] {
  const features = loadFeatures()
  const views = loadViews()
  return views.map(({ id }) => resolveView(id, features, views))
}

/** The view of this id with its features. Throws {@link CatalogError} when no view has the id, and as loading does. */
export function resolveView(
  id: string,
  features: readonly FeatureRow[] = loadFeatures(),
  views: readonly View[] = loadViews(),
): ResolvedView {
  const view = views.find((one) => one.id === id)
  if (view === undefined) {
    const known = views.map((one) => one.id).join(', ')
    throw new CatalogError('CATALOG_REFERENCE', { file: 'views.json' }, `no view ${id}; there are ${known}`)
  }
  const resolved = new Map<FeatureRow, ResolvedFeature>()
  const resolve = (feature: FeatureRow): ResolvedFeature => {
    const known = resolved.get(feature)
    if (known !== undefined) return known
    const fresh = { ...feature, rule: timeframeRule(feature, view.timeframe) }
    resolved.set(feature, fresh)
    return fresh
  }
  const packs = view.packs.map((pack) => ({ id: pack, features: packOf(features, pack).features.map(resolve) }))
  return { ...view, packs, features: [...resolved.values()] }
}
