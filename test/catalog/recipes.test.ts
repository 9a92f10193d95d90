import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { CatalogError } from '../../catalog/catalog-error.ts'
import { loadRecipe, parseRecipe, recipeHash } from '../../catalog/recipes.ts'

const SHIPPED = 'equity_daily_momentum_v1'
const TEXT = readFileSync(new URL(`../../catalog/recipes/${SHIPPED}.json`, import.meta.url), 'utf8')

const TRANSFORMATIONS = [
  { id: 'rsi_lag', feature: 'rsi_14_value', transform: { kind: 'lag', k: 5 } },
  { id: 'rsi_zscore', feature: 'rsi_14_value', transform: { kind: 'zscore', n: 20 } },
]

type Json = Record<string, unknown>

/** The shipped recipe with the value at a path replaced; undefined takes it away. */
function edited(path: string, value: unknown): string {
  const recipe = { ...(JSON.parse(TEXT) as Json), transformations: structuredClone(TRANSFORMATIONS) } as Json
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const place = keys.reduce((inner, key) => inner[key] as Json, recipe)
  if (value === undefined) delete place[last]
  else place[last] = value
  return JSON.stringify(recipe)
}

function errorOf(text: string): CatalogError {
  try {
    parseRecipe(text, 'recipes/x.json')
  } catch (error) {
    if (error instanceof CatalogError) return error
    throw error
  }
  throw new Error('the recipe was accepted')
}

describe('the shipped recipe', () => {
  test('predicts the sign of the return of the 20 bars after the next open', () => {
    const recipe = loadRecipe(SHIPPED)
    expect(recipe.target).toEqual({
      kind: 'forward_return',
      horizon_bars: 20,
      adjust: 'splits',
      transform: { kind: 'sign', threshold: 0 },
    })
    expect(recipe.label.entry).toEqual({ bar: 1, price: 'open' })
    expect(recipe.include).toHaveLength(18)
  })

  test('keeps its hash, which is part of the identity of every model made of it', () => {
    expect(recipeHash(loadRecipe(SHIPPED))).toMatchInlineSnapshot(
      `"2898b5e533d4cf7dd16c190f92fbfe27706b1bdddca5ee2acaaa2cbe807aa8a2"`,
    )
  })
})

describe('the hash of a recipe', () => {
  test('does not depend on the order of keys or on layout', () => {
    const recipe = JSON.parse(TEXT) as Json
    const reversed = Object.fromEntries(Object.entries(recipe).reverse())
    expect(recipeHash(parseRecipe(JSON.stringify(reversed), 'x'))).toBe(recipeHash(parseRecipe(TEXT, 'x')))
  })

  test('does not depend on which name feature_pack_ids was given by', () => {
    const { feature_pack_ids, ...rest } = JSON.parse(TEXT) as Json
    const renamed = parseRecipe(JSON.stringify({ ...rest, feature_packs: feature_pack_ids }), 'x')
    expect(renamed.feature_pack_ids).toEqual(['core_value_v1'])
    expect(recipeHash(renamed)).toBe(recipeHash(parseRecipe(TEXT, 'x')))
  })

  test.each([
    ['seed', 21],
    ['split.gap_bars', 21],
    ['target.transform.threshold', 21],
    ['transformations.0.transform.k', 21],
    ['transformations.0.feature', 'roc_10_value'],
    ['transformations.0.id', 'other'],
    ['transformations.0.transform.kind', 'diff'],
    ['transformations', [...TRANSFORMATIONS].reverse()],
    ['transformations', []],
  ])('changes with %s', (path, value) => {
    const unchanged = edited('seed', JSON.parse(TEXT).seed)
    expect(recipeHash(parseRecipe(edited(path, value), 'x'))).not.toBe(recipeHash(parseRecipe(unchanged, 'x')))
  })

  test('is the same with an empty list of transformations and with none', () => {
    expect(recipeHash(parseRecipe(edited('transformations', undefined), 'x'))).toBe(
      recipeHash(parseRecipe(edited('transformations', []), 'x')),
    )
  })
})

describe('an invalid recipe is refused with the JSON path of what is wrong', () => {
  test.each([
    ['feature_schema_version', undefined, 'Invalid input'],
    ['feature_pack_ids', [], 'at least one pack'],
    ['include.3', 'RSI', 'lower case words'],
    ['include', ['rsi_14_value', 'rsi_14_value'], 'not name anything twice'],
    ['transformations.0.id', 'Lag 5', 'lower case words'],
    ['transformations.0.featur', 'rsi_14_value', 'Unrecognized key "featur"; did you mean feature?'],
    ['transformations.0.transform.kind', 'mean', 'must be one of lag, diff, sma, ema, zscore'],
    ['transformations.0.transform.kind', 'zcore', 'did you mean zscore?'],
    ['transformations.0.transform', { kind: 'lag', n: 5 }, 'must be a whole number of rows'],
    ['transformations.0.transform.k', 0, 'at least 1'],
    ['transformations.0.transform.k', 2.5, 'whole number of rows'],
    ['transformations.0.transform.k', 1_001, 'at most 1000'],
    ['transformations.0.transform.offset', 1, 'Unrecognized key'],
    ['transformations.1.transform.n', 1, 'at least 2'],
    ['transformations.1.id', 'rsi_lag', 'rsi_lag already names another of them'],
    ['timeframe', '2h', 'Invalid option'],
    ['missing', 'ffill', 'drop'],
    ['target.horizon_bars', 0, 'at least 1'],
    ['target.kind', 'forward_sharpe', 'forward_return'],
    ['label.entry.price', 'close', 'open'],
    ['label.exit.bar', 19, 'equal target.horizon_bars'],
    ['universe.symbols', [], 'at least one symbol'],
    ['universe.symbols.0', 'aapl', 'capitals'],
    ['split.test.from', '31.01.2011', 'a date like'],
    ['split.test.from', '2010-12-31', 'after the end of validation'],
    ['split.validation.from', '2008-12-31', 'after the end of train'],
    ['split.train', { from: '2001-01-02', to: '2001-01-01' }, 'from must not be after to'],
    ['split.shuffle', true, 'share their label'],
    ['split.gap_bars', 19, 'at least target.horizon_bars'],
    ['estimator.candidates', [], 'at least one'],
    ['estimator.candidates.0.kind', 'deep', 'Invalid option'],
    ['seed', -1, 'Too small'],
    ['colour', 'blue', 'Unrecognized key'],
    ['transformation', [], 'Unrecognized key "transformation"; did you mean transformations?'],
    ['split.colour', 'blue', 'Unrecognized key'],
  ])('%s = %j', (path, value, message) => {
    const error = errorOf(edited(path, value))
    expect(error.code).toBe('CATALOG_CELL')
    expect(error.column?.startsWith(path)).toBe(true)
    expect(error.message).toContain(message)
    expect(error.message).toContain('recipes/x.json')
  })

  test('both names of feature_pack_ids at once', () => {
    expect(errorOf(edited('feature_packs', ['core_value_v1'])).column).toBe('feature_packs')
  })

  test('text that is not JSON', () => {
    expect(errorOf('{').code).toBe('CATALOG_SYNTAX')
  })
})
