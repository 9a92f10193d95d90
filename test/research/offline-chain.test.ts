import { beforeAll, describe, expect, test } from '@jest/globals'
import { contractHeaders } from '../../catalog/contract.ts'
import { resolveView } from '../../catalog/views.ts'
import { loadModel } from '../../models/model-loader.ts'
import { createInference } from '../../processors/inference/inference.ts'
import { barColumns } from '../../research/export-columns.ts'
import { describeRecipe } from '../../research/resolve-recipe.ts'
import { foldShippedHistory, type ShippedHistory } from '../../research/shipped-history.ts'
import { trainingRows } from '../../research/training-rows.ts'
import { SHIPPED, WITH_DERIVED } from '../models/version-copy.ts'
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

  test('has the columns that the trainer reads, and no row that is known after the open at which its label enters', () => {
    const bars = daily.map(({ value }) => Object.fromEntries(barColumns.map((column) => [column, value[column]])))
    expect(bars.filter((bar) => Object.values(bar).includes(undefined))).toEqual([])
    const knownAt = new Map(history.features.map(({ key, value }) => [`${key} ${value.ts}`, Number(value.known_at)]))
    const newest = new Map<unknown, number>()
    let entries = 0
    for (const { symbol, ts, ts_open: opens } of bars) {
      const before = newest.get(symbol)
      if (before !== undefined) {
        entries += 1
        expect(knownAt.get(`${symbol} ${before}`)).toBeLessThanOrEqual(Number(opens))
      }
      newest.set(symbol, Number(ts))
    }
    expect(entries).toBe(22_214 - 7)
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
  test.each([
    ['equity_daily_momentum_v1', SHIPPED],
    ['equity_daily_changes_v1', WITH_DERIVED],
  ])('of %s is what the record of the shipped model says', async (recipe, folder) => {
    const { record } = await loadModel(folder)
    const { recipe_hash, features_hash, contracts, features, derived } = describeRecipe(recipe)
    expect({ recipe_hash, features_hash, contracts }).toEqual({
      recipe_hash: record.recipe_hash,
      features_hash: record.features_hash,
      contracts: record.contracts,
    })
    expect(JSON.parse(JSON.stringify({ features, derived }))).toEqual({
      features: record.features,
      derived: record.derived,
    })
  })
})

describe('a model with derived inputs', () => {
  const recipe = describeRecipe('equity_daily_changes_v1')
  const names = [...recipe.features.map(({ feature_id }) => feature_id), ...recipe.derived.map((each) => each.input_id)]

  test('is given online what its training rows have, number for number, from the first row on and over restarts', async () => {
    const model = await loadModel(WITH_DERIVED)
    const given: number[] = []
    const score = (rows: Float32Array) => {
      given.push(...rows)
      return model.score(rows)
    }
    const seen = { ...model, score }
    // Gaps, as a source that skips days would leave them: every 13th row of a symbol lacks what two of the windows read.
    const rows = history.features.map((record, at) =>
      at % 13 === 0
        ? { ...record, value: { ...record.value, candle_body_pct_value: null, rsi_14_value: null } }
        : record,
    )
    let incomplete = 0
    let snapshot: Readonly<Record<string, unknown>> | undefined
    for (let start = 0; start < rows.length; start += 2_000) {
      // Each part by a task of its own, which goes on from the snapshot of the one before.
      const inference = createInference({ models: [seen], runId: 'live' })
      if (!('remember' in inference)) throw new Error('it remembers nothing')
      if (snapshot) inference.restore(snapshot)
      await inference.applyChunk(rows.slice(start, start + 2_000), recordingEmits().emits)
      snapshot = inference.snapshot()
      incomplete += inference.counts().incomplete
    }

    const training = trainingRows(recipe, rows)
    const complete = training.filter((row) => names.every((name) => row[name] !== null))
    expect(given).toEqual(complete.flatMap((row) => names.map((name) => row[name])))
    expect(incomplete).toBe(training.length - complete.length)
    expect(complete.length).toBeGreaterThan(15_000)
    expect(incomplete).toBeGreaterThan(2_000)
  })

  test('has lags and averages of the rows before of the same symbol', () => {
    const training = trainingRows(recipe, history.features)
    const own = training.filter(({ symbol }) => symbol === 'IBM')
    const near = (name: string, expected: (at: number) => number) => {
      for (const at of [100, 777, 2_000]) expect(own[at]?.[name]).toBeCloseTo(expected(at), 4)
    }
    const value = (at: number, name: string) => Number(own[at]?.[name])
    near('rsi_14_lag_5', (at) => value(at - 5, 'rsi_14_value'))
    near(
      'realized_vol_20_diff_10',
      (at) => value(at, 'realized_vol_20_value') - value(at - 10, 'realized_vol_20_value'),
    )
    near('close_pos_pct_sma_10', (at) => {
      return (
        Array.from({ length: 10 }, (_, back) => value(at - back, 'close_pos_pct_value')).reduce((a, b) => a + b) / 10
      )
    })
    expect(own.slice(0, 20).every((row) => row.candle_body_pct_ema_20 === null || row === own[19])).toBe(true)
  })
})
