import { describe, expect, test } from '@jest/globals'
import { resolveRecipe } from '../../catalog/recipe-features.ts'
import type { Recipe } from '../../catalog/recipe-shape.ts'
import { loadRecipe } from '../../catalog/recipes.ts'
import { resolveView } from '../../catalog/views.ts'

const recipe = loadRecipe('equity_daily_momentum_v1')
const view = resolveView('core_pack_1d')

const idsOf = (changes: Partial<Recipe>) => resolveRecipe({ ...recipe, ...changes }, view).features.map(({ id }) => id)

describe('the features of a recipe', () => {
  test('are in the order of the pack, however include lists them', () => {
    expect(idsOf({ include: [...recipe.include].reverse() })).toEqual(recipe.include)
  })

  test('are those of include without those of exclude', () => {
    expect(idsOf({ exclude: ['rsi_14_value'] })).toEqual(recipe.include.filter((id) => id !== 'rsi_14_value'))
  })

  test('are the enabled ones of its packs when include names none', () => {
    const ids = idsOf({ include: [] })
    const enabled = view.packs.find(({ id }) => id === 'core_value_v1')?.features.filter((feature) => feature.enabled)
    expect(ids).toEqual(enabled?.map(({ id }) => id))
    expect(ids).not.toContain('sma_20_value')
  })

  test('of several packs come in the order in which the recipe names the packs', () => {
    const ids = idsOf({
      feature_pack_ids: ['core_state_v1', 'core_value_v1'],
      include: ['rsi_14_value', 'rsi_14_state'],
    })
    expect(ids).toEqual(['rsi_14_state', 'rsi_14_value'])
  })

  test('of the shipped recipe are unit-free and enabled', () => {
    for (const { id, scaleClass, enabled } of resolveRecipe(recipe, view).features) {
      expect({ id, scaleClass, enabled }).toEqual({ id, scaleClass: 'unit_free', enabled: true })
    }
  })
})

describe('a recipe is refused with the JSON path of', () => {
  test.each<[string, Partial<Recipe>, string, string]>([
    ['a feature to include that its packs do not have', { include: ['nope_value'] }, 'CATALOG_REFERENCE', 'include.0'],
    ['a feature to exclude that they do not have', { exclude: ['nope_value'] }, 'CATALOG_REFERENCE', 'exclude.0'],
    ['a feature of a pack that it does not name', { include: ['rsi_14_state'] }, 'CATALOG_REFERENCE', 'include.0'],
    [
      'a pack that the view does not serve',
      { feature_pack_ids: ['core_value_v9'] },
      'CATALOG_REFERENCE',
      'feature_pack_ids.0',
    ],
    [
      'an exclude that leaves nothing',
      { include: ['rsi_14_value'], exclude: ['rsi_14_value'] },
      'CATALOG_CELL',
      'exclude',
    ],
    [
      'a vector',
      { feature_pack_ids: ['core_vector_v1'], include: ['candle_embedding_16d_vector'] },
      'CATALOG_CELL',
      'include',
    ],
    ["a timeframe that is not the view's", { timeframe: '1h' }, 'CATALOG_CELL', 'timeframe'],
  ])('%s', (_, changes, code, column) => {
    expect(() => idsOf(changes)).toThrow(expect.objectContaining({ code, column }))
  })
})

describe('the derived inputs of a recipe', () => {
  const packs = ['core_value_v1', 'core_state_v1', 'core_event_v1', 'core_episode_v1', 'core_vector_v1']
  const state = view.features.find(({ channel }) => channel === 'state')?.id ?? ''
  const event = view.features.find(({ channel }) => channel === 'event')?.id ?? ''
  const vector = view.features.find(({ channel }) => channel === 'vector')?.id ?? ''
  const lag = { kind: 'lag', k: 2 } as const
  const sma = { kind: 'sma', n: 3 } as const
  const derivedOf = (transformations: Recipe['transformations']) =>
    resolveRecipe({ ...recipe, feature_pack_ids: packs, transformations }, view).derived

  test('are in the order of the recipe, of features that need not be inputs themselves, of any channel but vectors', () => {
    const derived = derivedOf([
      { id: 'b', feature: 'sma_20_value', transform: sma },
      { id: 'a', feature: state, transform: lag },
      { id: 'c', feature: event, transform: sma },
    ])
    expect(derived.map(({ id, feature, transform }) => [id, feature.id, transform])).toEqual([
      ['b', 'sma_20_value', sma],
      ['a', state, lag],
      ['c', event, sma],
    ])
  })

  test.each<[string, Recipe['transformations'], string, string, string]>([
    [
      'of a feature that its packs do not have, naming the nearest',
      [{ id: 'a', feature: 'rsi_41_value', transform: lag }],
      'CATALOG_REFERENCE',
      'transformations.0.feature',
      'did you mean rsi_2_value, rsi_14_value?',
    ],
    [
      'an average of a state',
      [{ id: 'a', feature: state, transform: sma }],
      'CATALOG_CELL',
      'transformations.0.feature',
      'no quantities',
    ],
    [
      'any of a vector',
      [{ id: 'a', feature: vector, transform: lag }],
      'CATALOG_CELL',
      'transformations.0.feature',
      'is a vector',
    ],
    [
      'named as a feature of the view is',
      [{ id: 'sma_20_value', feature: 'rsi_14_value', transform: lag }],
      'CATALOG_DUPLICATE_ID',
      'transformations.0.id',
      'is a feature of view core_pack_1d',
    ],
    [
      'named as a column of every row is',
      [{ id: 'known_at', feature: 'rsi_14_value', transform: lag }],
      'CATALOG_CELL',
      'transformations.0.id',
      'have a column known_at already',
    ],
    [
      'the same as another under another name',
      [
        { id: 'a', feature: 'rsi_14_value', transform: lag },
        { id: 'b', feature: 'rsi_14_value', transform: lag },
      ],
      'CATALOG_DUPLICATE_ID',
      'transformations.1.id',
      'lag(2) of rsi_14_value is a already',
    ],
  ])('are refused: %s', (_, transformations, code, column, message) => {
    expect(() => derivedOf(transformations)).toThrow(expect.objectContaining({ code, column }))
    expect(() => derivedOf(transformations)).toThrow(message)
  })
})
