import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { contractEntry, contractHash, derivedEntry, modelInputsHash } from '../catalog/contract.ts'
import { catalogFile } from '../catalog/project-root.ts'
import { resolveRecipe } from '../catalog/recipe-features.ts'
import { loadRecipe, recipeHash } from '../catalog/recipes.ts'
import { resolveView } from '../catalog/views.ts'

/** The catalogs that features are made of, with the versions that a model names them by. */
const CATALOGS = [
  { file: 'indicators_catalog_L1.csv', version: 'L1_v1' },
  { file: 'indicator_feature_schema_v1.csv', version: 'v1' },
] as const

/**
 * All that the trainer must know of a recipe and cannot work out in Python: the recipe, its features and derived inputs in order, and the hashes of its
 * contracts and catalogs. Plain data for JSON. Throws {@link CatalogError} as the catalog does.
 */
export function describeRecipe(recipeId: string) {
  const recipe = loadRecipe(recipeId)
  const view = resolveView(recipe.view)
  const resolved = resolveRecipe(recipe, view)
  const { packs } = resolved
  const features = resolved.features.map(contractEntry)
  const derived = resolved.derived.map(derivedEntry)
  return {
    recipe,
    recipe_hash: recipeHash(recipe),
    features,
    derived,
    features_hash: modelInputsHash(features, derived),
    packs: Object.fromEntries(packs.map((pack) => [pack.id, pack.features.map(contractEntry)])),
    contracts: Object.fromEntries(packs.map((pack) => [pack.id, contractHash(pack)])),
    catalogs: Object.fromEntries(CATALOGS.map(({ file, version }) => [file, { version, sha256: catalogHash(file) }])),
  }
}

/** What {@link describeRecipe} says. */
export type ResolvedRecipe = ReturnType<typeof describeRecipe>

function catalogHash(file: string): string {
  return createHash('sha256')
    .update(readFileSync(catalogFile(file)))
    .digest('hex')
}
