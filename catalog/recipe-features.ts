import { CatalogError } from './catalog-error.ts'
import { type DerivedInput, derivedInputs } from './derived-inputs.ts'
import { featureNamed } from './features.ts'
import { didYouMean } from './nearest-names.ts'
import type { Recipe } from './recipe-shape.ts'
import { type ResolvedFeature, type ResolvedPack, type ResolvedView, resolveView } from './views.ts'

/**
 * What a recipe comes down to: the packs it names, and what a model takes, in order: its features, then the inputs derived of
 * features, which need not be among them.
 */
export type RecipeFeatures = {
  readonly packs: readonly ResolvedPack[]
  readonly features: readonly ResolvedFeature[]
  readonly derived: readonly DerivedInput[]
}

/**
 * The features of a recipe in the order of its packs and their ordinals: those of `include`, or the enabled ones where it names none,
 * without those of `exclude`; and its transformations, in its order. Throws {@link CatalogError} `CATALOG_REFERENCE` with the JSON path of a pack that the view does not
 * serve or of a feature that its packs do not have, and `CATALOG_CELL` if no feature is left, one is a vector, or the timeframe is not the view's, and what
 * {@link derivedInputs} throws.
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
      const near = didYouMean(
        name,
        offered.map(({ id }) => id),
      )
      throw new CatalogError('CATALOG_REFERENCE', place, `no pack of the recipe has feature ${name}${near}`)
    })
  const included = new Set(recipe.include.length > 0 ? named('include') : offered.filter(({ enabled }) => enabled))
  for (const feature of named('exclude')) included.delete(feature)
  const features = offered.filter((feature) => included.has(feature))
  if (features.length === 0) throw new CatalogError('CATALOG_CELL', { file, column: 'exclude' }, 'leaves no feature')
  const vector = features.find(({ channel }) => channel === 'vector')
  if (vector) {
    throw new CatalogError(
      'CATALOG_CELL',
      { file, column: 'include' },
      `${vector.id} is a vector; a model takes numbers`,
    )
  }
  return { packs, features, derived: derivedInputs(recipe.transformations, { file, offered, view }) }
}
