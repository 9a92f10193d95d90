import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { resolveRecipe } from '../../catalog/recipe-features.ts'
import { loadRecipe, recipeHash } from '../../catalog/recipes.ts'
import { loadModel } from '../../models/model-loader.ts'
import type { GoldenRows } from '../../models/model-record.ts'
import { readOnnxMetadata } from '../../models/onnx-metadata.ts'
import { copyVersion, type RecordDraft, replaceText, SHIPPED, type VersionCopy } from './version-copy.ts'

describe('the shipped version', () => {
  test('loads, and its bits do not depend on its neighbours', async () => {
    const model = await loadModel(SHIPPED)
    expect(model.mode).toBe('batch')
    expect(model.modelId).toBe('equity_daily_momentum')
    expect([...model.symbols]).toEqual(['AAPL', 'FB', 'GOOG', 'IBM', 'IXIC', 'MSFT', 'SPX'])
  })

  test('is of the recipe and of the features that the catalog has', async () => {
    const recipe = loadRecipe('equity_daily_momentum_v1')
    const { record, features } = await loadModel(SHIPPED)
    expect(record.recipe_hash).toBe(recipeHash(recipe))
    expect(features).toEqual(resolveRecipe(recipe).features.map(({ id }) => id))
    expect(features).toEqual(recipe.include)
  })

  test('carries in its ONNX file the hashes of its record', async () => {
    const { record } = await loadModel(SHIPPED)
    const metadata = readOnnxMetadata(await readFile(join(SHIPPED, 'model.onnx')))
    expect(metadata.get('barline.contract.core_value_v1')).toBe(record.contracts.core_value_v1)
    expect(metadata.get('barline.dataset_hash')).toBe(record.dataset.hash)
    expect(metadata.get('barline.feature_schema_version')).toBe('v1')
  })

  test('scores its golden rows to the bit where it was trained, and to 1e-6 everywhere', async () => {
    const golden = JSON.parse(await readFile(join(SHIPPED, 'golden.json'), 'utf8')) as GoldenRows
    const { score } = await loadModel(SHIPPED)
    const scores = await score(Float32Array.from(golden.rows.flatMap(({ features }) => features)))
    golden.rows.forEach(({ p_up }, index) => {
      expect(Math.abs((scores[index] ?? Number.NaN) - p_up)).toBeLessThanOrEqual(1e-6)
    })
  })
})

describe('a version is refused when', () => {
  let copy: VersionCopy
  beforeEach(async () => {
    copy = await copyVersion()
  })
  afterEach(() => copy.remove())

  const refusal = async (code: string, message: string) => {
    const loading = loadModel(copy.folder)
    await expect(loading).rejects.toMatchObject({ name: 'ModelRefusedError', code })
    await expect(loading).rejects.toThrow(message)
  }

  test.each<[string, (record: RecordDraft) => void, string]>([
    [
      'the feature schema version is absent',
      (record) => Reflect.deleteProperty(record, 'feature_schema_version'),
      'feature_schema_version',
    ],
    [
      'no pack is named',
      (record) => {
        record.contracts = {}
      },
      'contracts',
    ],
    [
      'its id is not an id',
      (record) => {
        record.model_id = 'Momentum!'
      },
      'model_id',
    ],
    [
      'a catalog has no sha256',
      (record) => {
        record.catalogs = { 'x.csv': { version: 'v1', sha256: '' } }
      },
      'catalogs.x.csv.sha256',
    ],
    [
      'it stands in the folder of another version',
      (record) => {
        record.model_version = '2'
      },
      'equity_daily_momentum/2',
    ],
  ])('%s', async (_, edit, message) => {
    await copy.editRecord(edit)
    await refusal('MODEL_RECORD_INVALID', message)
  })

  test('a byte of its ONNX file is another', async () => {
    await copy.replaceFile('model.onnx', (bytes) => bytes)
    await copy.editRecord((record) => {
      record.content_hash = 'a'.repeat(64)
    })
    await refusal('MODEL_FILE_CHANGED', 'sha256 of model.onnx')
  })

  test('the ONNX file says nothing of its contract', async () => {
    await copy.replaceFile('model.onnx', (bytes) => replaceText(bytes, 'barline.contract.', 'borlane.contract.'))
    await refusal('MODEL_CONTRACT_ABSENT', 'barline.contract.core_value_v1')
  })

  test('the ONNX file is of another recipe than the record', async () => {
    await copy.editRecord((record) => {
      record.recipe_hash = 'b'.repeat(64)
    })
    await refusal('MODEL_METADATA_MISMATCH', 'barline.recipe_hash')
  })

  test('the ONNX file gives another output than the record says', async () => {
    await copy.replaceFile('model.onnx', (bytes) => replaceText(bytes, 'p_up', 'p_xx'))
    await refusal('MODEL_SHAPE_MISMATCH', 'its output is p_xx float32 [N, 1], the record says p_up float32 [N, 1]')
  })

  test('the ONNX file takes another input than the record says', async () => {
    await copy.editRecord((record) => {
      record.onnx.input.name = 'rows'
    })
    await refusal('MODEL_SHAPE_MISMATCH', 'its input is features float32 [N, 18]')
  })

  test('the input has another width than there are features', async () => {
    await copy.editRecord((record) => {
      record.onnx.input.width = 17
    })
    await refusal('MODEL_SHAPE_MISMATCH', 'input features has 17 columns for 18 features')
  })

  test('the ONNX file cannot be run', async () => {
    await copy.replaceFile('model.onnx', (bytes) => replaceText(bytes, 'Gather', 'Gothor'))
    await refusal('MODEL_SHAPE_MISMATCH', 'cannot open')
  })

  test('a golden row has another score', async () => {
    await copy.replaceFile('golden.json', (bytes) => {
      const golden = JSON.parse(bytes.toString()) as { rows: { p_up: number }[] }
      golden.rows.forEach((row, index) => {
        if (index === 5) row.p_up += 2e-6
      })
      return Buffer.from(JSON.stringify(golden))
    })
    await refusal('MODEL_GOLDEN_MISMATCH', 'golden row 5')
  })

  test('its contracts are not those whose hash it has', async () => {
    await copy.replaceFile('contracts.json', (bytes) => replaceText(bytes, '"pct"', '"bps"'))
    await refusal('MODEL_RECORD_INVALID', 'contract of pack core_value_v1')
  })

  test('its features are not those whose hash it has', async () => {
    await copy.editRecord((record) => void record.features.reverse())
    await refusal('MODEL_RECORD_INVALID', 'features_hash')
  })
})
