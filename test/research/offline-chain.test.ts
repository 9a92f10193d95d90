import { beforeAll, describe, expect, test } from '@jest/globals'
import { contractHeaders } from '../../catalog/contract.ts'
import { resolveView } from '../../catalog/views.ts'
import { loadModel } from '../../models/model-loader.ts'
import { createInference } from '../../processors/inference/inference.ts'
import { describeRecipe } from '../../research/resolve-recipe.ts'
import { foldShippedHistory, type ShippedHistory } from '../../research/shipped-history.ts'
import { SHIPPED } from '../models/version-copy.ts'
import { recordingEmits } from '../processors/inference/recording-emit.ts'

const view = resolveView('core_pack_1d')
let history: ShippedHistory
let daily: ShippedHistory['indicators']

beforeAll(async () => {
  history = await foldShippedHistory(view)
  daily = history.indicators.filter(({ value }) => value.timeframe === '1d')
}, 120_000)

describe('the shipped history', () => {
  test('has a row of indicators and of features for every shipped bar but the two that lost their volume', () => {
    expect(history.refused).toEqual([
      expect.stringMatching(/^market.bars IXIC: .*2015-05-12.* volume 0/),
      expect.stringMatching(/^market.bars IXIC: .*2018-01-09.* volume 0/),
    ])
    expect(daily).toHaveLength(22_216 - 2)
    expect(history.features.map(({ key, timestamp }) => `${key} ${timestamp}`).sort()).toEqual(
      daily.map(({ key, timestamp }) => `${key} ${timestamp}`).sort(),
    )
  })

  test('has the three splits, each on the first bar in the new units', () => {
    const splits = daily.filter(({ value }) => value.split_factor !== null)
    expect(
      splits.map(({ key, value }) => [key, new Date(Number(value.ts)).toISOString().slice(0, 10), value.split_factor]),
    ).toEqual([
      ['AAPL', '2000-06-21', 2],
      ['MSFT', '2003-02-18', 2],
      ['AAPL', '2005-02-28', 2],
    ])
  })

  test('carries the contracts that the shipped model was trained on, so that inference scores it', async () => {
    const model = await loadModel(SHIPPED)
    const inference = createInference({ models: [model], runId: 'live' })
    await inference.applyChunk(history.features, recordingEmits().emits)
    expect(history.features[0]?.headers).toEqual(contractHeaders(view))
    // The 49 bars before sma_50 is warm, for each of seven symbols.
    expect(inference.counts()).toEqual({ scored: 22_214 - 343, incomplete: 343, outsideUniverse: 0, refused: 0 })
  })
})

describe('what the trainer is told of a recipe', () => {
  test('is what the record of the shipped model says', async () => {
    const { record } = await loadModel(SHIPPED)
    const { recipe_hash, features_hash, contracts, features } = describeRecipe('equity_daily_momentum_v1')
    expect({ recipe_hash, features_hash, contracts }).toEqual({
      recipe_hash: record.recipe_hash,
      features_hash: record.features_hash,
      contracts: record.contracts,
    })
    expect(JSON.parse(JSON.stringify(features))).toEqual(record.features)
  })
})
