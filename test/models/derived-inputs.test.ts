import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { resolveRecipe } from '../../catalog/recipe-features.ts'
import { loadRecipe, recipeHash } from '../../catalog/recipes.ts'
import { type ResolvedView, resolveView } from '../../catalog/views.ts'
import { loadModel } from '../../models/model-loader.ts'
import { copyVersion, type RecordDraft, type VersionCopy, WITH_DERIVED } from './version-copy.ts'

const view = resolveView('core_pack_1d')

describe('a version with derived inputs', () => {
  test('takes the features and then the transformations of its recipe, in order', async () => {
    const recipe = loadRecipe('equity_daily_changes_v1')
    const model = await loadModel(WITH_DERIVED)
    const { features, derived } = resolveRecipe(recipe)
    expect(model.record.recipe_hash).toBe(recipeHash(recipe))
    expect(model.features).toEqual(features.map(({ id }) => id))
    expect(model.derived).toEqual(derived.map(({ id, feature, transform }) => ({ id, feature: feature.id, transform })))
    expect(model.derived).toEqual(recipe.transformations)
    expect(model.record.onnx.input.width).toBe(10)
    expect(model.mode).toBe('batch')
  })

  test('refuses to load when a feature that it only transforms has another meaning', async () => {
    const [{ feature = '' } = {}] = (await loadModel(WITH_DERIVED)).derived.slice(3)
    expect(feature).toBe('candle_body_pct_value')
    const change = (features: ResolvedView['features']) =>
      features.map((one) => (one.id === feature ? { ...one, unit: 'bananas' } : one))
    const changed = {
      ...view,
      features: change(view.features),
      packs: view.packs.map((pack) => ({ ...pack, features: change(pack.features) })),
    }
    await expect(loadModel(WITH_DERIVED, changed)).rejects.toMatchObject({ code: 'MODEL_CELL_CHANGED' })
    // The header of the pack alone would not show it, were the feature in a pack that the record does not name.
    await expect(loadModel(WITH_DERIVED, { ...view, features: changed.features })).rejects.toThrow('features_hash was')
  })
})

describe('a version is refused when its record', () => {
  let copy: VersionCopy
  beforeEach(async () => {
    copy = await copyVersion(WITH_DERIVED)
  })
  afterEach(() => copy.remove())

  test.each<[string, (record: RecordDraft) => void, string, string]>([
    [
      'has another window',
      ({ derived: [lag] }) => lag && Object.assign(lag.transform, { k: 4 }),
      'MODEL_RECORD_INVALID',
      'do not have the features_hash',
    ],
    [
      'has the transforms in another order',
      ({ derived }) => derived.reverse(),
      'MODEL_RECORD_INVALID',
      'do not have the features_hash',
    ],
    ['lacks one', ({ derived }) => derived.pop(), 'MODEL_RECORD_INVALID', 'do not have the features_hash'],
    [
      'has a transform that there is not',
      ({ derived: [lag] }) => lag && Object.assign(lag.transform, { kind: 'median' }),
      'MODEL_RECORD_INVALID',
      'derived.0.transform.kind: must be one of lag, diff, sma, ema, zscore',
    ],
  ])('%s', async (_, edit, code, message) => {
    await copy.editRecord(edit)
    const loading = loadModel(copy.folder)
    await expect(loading).rejects.toMatchObject({ code })
    await expect(loading).rejects.toThrow(message)
  })
})
