import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { CatalogError } from './catalog-error.ts'
import { hashOf } from './contract-json.ts'
import { catalogFile } from './project-root.ts'
import { type Recipe, recipeShape } from './recipe-shape.ts'

const FOLDER = catalogFile('recipes/')

/**
 * Reads the recipe of this id from `catalog/recipes/`, or from another folder (a URL that ends in a slash).
 * Throws {@link CatalogError} as {@link parseRecipe} does or if the file holds another id, and what the file system throws.
 */
export function loadRecipe(recipeId: string, folder: URL = FOLDER): Recipe {
  const file = `recipes/${recipeId}.json`
  const recipe = parseRecipe(readFileSync(new URL(`${recipeId}.json`, folder), 'utf8'), file)
  if (recipe.recipe_id !== recipeId) {
    throw new CatalogError(
      'CATALOG_CELL',
      { file, column: 'recipe_id' },
      `is ${recipe.recipe_id}, unlike the file's name`,
    )
  }
  return recipe
}

/**
 * Parses the JSON text of a recipe; `feature_packs` is taken as another name of `feature_pack_ids`. `file` is only named in
 * errors. Throws {@link CatalogError} whose `column` is the JSON path of what is wrong (`split.test.from`, `include.3`).
 */
export function parseRecipe(text: string, file: string): Recipe {
  const parsed = recipeShape.safeParse(canonicalNames(parseJson(text, file), file))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new CatalogError('CATALOG_CELL', { file, column: pathOf(issue) }, issue?.message ?? 'malformed')
}

/** Hex sha256 of what a recipe says, whatever the order of its keys, its layout, and which name it gave `feature_pack_ids`. */
export function recipeHash(recipe: Recipe): string {
  return hashOf(recipe)
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CatalogError('CATALOG_SYNTAX', { file }, `not JSON: ${String(error)}`, error)
  }
}

function canonicalNames(document: unknown, file: string): unknown {
  if (typeof document !== 'object' || document === null || !('feature_packs' in document)) return document
  if ('feature_pack_ids' in document) {
    throw new CatalogError(
      'CATALOG_CELL',
      { file, column: 'feature_packs' },
      'is another name of feature_pack_ids; give one',
    )
  }
  const { feature_packs, ...rest } = document
  return { ...rest, feature_pack_ids: feature_packs }
}

function pathOf(issue: z.core.$ZodIssue | undefined): string | undefined {
  if (issue === undefined) return undefined
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  return [...issue.path, ...unknownKey].map(String).join('.') || undefined
}
