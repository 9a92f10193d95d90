import { CatalogError } from './catalog-error.ts'
import { featureNamed } from './features.ts'
import type { Recipe } from './recipe-shape.ts'
import { type ResolvedFeature, type ResolvedPack, type ResolvedView, resolveView } from './views.ts'

/** What a recipe comes down to: the packs it names and its features, in the order a model takes them. */
export type RecipeFeatures = {
  readonly packs: readonly ResolvedPack[]
  readonly features: readonly ResolvedFeature[]
}

/**
 * The features of a recipe in the order of its packs and their ordinals: those of `include`, or the enabled ones where it names none,
 * without those of `exclude`. Throws {@link CatalogError} `CATALOG_REFERENCE` with the JSON path of a pack that the view does not
 * serve or of a feature that its packs do not have, and `CATALOG_CELL` if no feature is left or the timeframe is not the view's.
 */
export function resolveRecipe(recipe: Recipe, view: ResolvedView = resolveView(recipe.view)): RecipeFeatures {
  const file = `recipes/${recipe.recipe_id}.json`
  if (view.timeframe !== recipe.timeframe) {
    throw new CatalogError(
      'CATALOG_CELL',
      { file, column: 'timeframe' },
      `is not that of view ${view.id}, ${view.timeframe}`,
    )
  }
  const packs = recipe.feature_pack_ids.map((id, index) => {
    const pack = view.packs.find((served) => served.id === id)
    if (pack && pack.features.length > 0) return pack
    const place = { file, column: `feature_pack_ids.${index}` }
    throw new CatalogError('CATALOG_REFERENCE', place, `view ${view.id} serves no feature of pack ${id}`)
  })
  const offered = [...new Set(packs.flatMap(({ features }) => features))]
  const named = (list: 'include' | 'exclude') =>
    recipe[list].map((name, index) => {
      const feature = featureNamed(offered, name)
      if (feature) return feature
      const place = { file, column: `${list}.${index}` }
      throw new CatalogError('CATALOG_REFERENCE', place, `no pack of the recipe has feature ${name}`)
    })
  const included = new Set(recipe.include.length > 0 ? named('include') : offered.filter(({ enabled }) => enabled))
  for (const feature of named('exclude')) included.delete(feature)
  const features = offered.filter((feature) => included.has(feature))
  if (features.length === 0) throw new CatalogError('CATALOG_CELL', { file, column: 'exclude' }, 'leaves no feature')
  return { packs, features }
}
