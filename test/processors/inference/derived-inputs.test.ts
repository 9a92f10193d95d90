import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createInference, type Inference } from '../../../processors/inference/inference.ts'
import type { ScoringModel } from '../../../processors/inference/scoring-model.ts'
import type { DataRecord, RememberingProcessor } from '../../../processors/processor.ts'
import { recordingEmits } from './recording-emit.ts'

/** Scores a row by the sum of its inputs, so that a score shows what the model was given. */
const summing: ScoringModel = {
  modelId: 'summing',
  modelVersion: '1',
  view: 'core_pack_1d',
  features: ['a_value'],
  derived: [
    { id: 'a_lag', feature: 'a_value', transform: { kind: 'lag', k: 1 } },
    { id: 'b_mean', feature: 'b_value', transform: { kind: 'sma', n: 2 } },
    { id: 'a_ema', feature: 'a_value', transform: { kind: 'ema', n: 2 } },
  ],
  featuresHash: 'f00d',
  contracts: { pack: 'right' },
  symbols: new Set(['AAPL', 'SPX']),
  score: async (rows) =>
    Float32Array.from({ length: rows.length / 4 }, (_, row) =>
      rows.slice(4 * row, 4 * row + 4).reduce((a, b) => a + b),
    ),
}
const plain: ScoringModel = { ...summing, modelId: 'plain', derived: [], score: async (rows) => rows.map((x) => -x) }

type Cells = { a_value?: unknown; b_value?: unknown }
let offset = 0

function row(symbol: string, cells: Cells = {}, contract = 'right'): DataRecord {
  offset += 1
  return {
    kind: 'data',
    topic: 'features.core_pack_1d',
    partition: 0,
    offset,
    timestamp: offset,
    key: symbol,
    recordName: 'barline.features.CorePack1d',
    value: { symbol, timeframe: '1d', ts: offset, known_at: offset, a_value: 1, b_value: 1, ...cells },
    headers: { 'contract.pack': contract },
  }
}

function inferenceOf(models: readonly ScoringModel[] = [summing]): Inference & RememberingProcessor {
  const inference = createInference({ models, runId: 'live' })
  if (!('remember' in inference)) throw new Error('it remembers nothing')
  return inference
}

/** The scores of rows taken in chunks; `refused` for a dead letter. */
async function scoresOf(
  rows: readonly DataRecord[],
  inference: Inference = inferenceOf(),
  chunks = [rows.length],
): Promise<unknown[]> {
  const scores: unknown[] = []
  for (let start = 0, turn = 0; start < rows.length; turn += 1) {
    const size = Math.max(1, chunks[turn % chunks.length] ?? 1)
    const { emits, emitted } = recordingEmits()
    await inference.applyChunk(rows.slice(start, start + size), emits)
    for (let index = 0; index < Math.min(size, rows.length - start); index += 1) {
      scores.push((emitted[index] ?? []).map((each) => (each.kind === 'record' ? each.record.value.p_up : each.kind)))
    }
    start += size
  }
  return scores.flat()
}

describe('a model with derived inputs', () => {
  test('is given them behind its features, and no score before their windows are full', async () => {
    const values = [1, 2, 4, 8].map((a_value) => row('AAPL', { a_value, b_value: a_value * 10 }))
    // Row 2: 2 + lag 1 + mean of 10 and 20 + average 1.5; row 3: 4 + 2 + 30 + (1.5 + 2/3 * 2.5).
    const ema = [1.5, 1.5 + (2 / 3) * 2.5]
    expect(await scoresOf(values)).toEqual([
      null,
      2 + 1 + 15 + 1.5,
      Math.fround(4 + 2 + 30 + Math.fround(ema[1] ?? 0)),
      expect.closeTo(8 + 4 + 60 + ((ema[1] ?? 0) + (2 / 3) * (8 - (ema[1] ?? 0))), 4),
    ])
  })

  test('keeps symbols apart', async () => {
    const [a, b] = [1, 2].map((a_value) => row('AAPL', { a_value }))
    const alone = await scoresOf([a, b] as DataRecord[])
    const other = [row('SPX', { a_value: 50 }), row('SPX', { a_value: 60 })]
    const mixed = await scoresOf([a, other[0], b, other[1]] as DataRecord[])
    expect([mixed[0], mixed[2]]).toEqual(alone)
  })

  test('has a gap where a value is null, for as long as a window reaches over it', async () => {
    const scores = await scoresOf([
      row('AAPL'),
      row('AAPL'),
      row('AAPL', { b_value: null }),
      row('AAPL'),
      row('AAPL'),
      row('AAPL'),
    ])
    expect(scores).toEqual([null, 4, null, null, 4, 4])
  })

  test('makes no value of a row of another contract, which is a dead letter and a gap', async () => {
    const scores = await scoresOf([row('AAPL'), row('AAPL', { a_value: 9 }, 'other'), row('AAPL'), row('AAPL')])
    expect(scores).toEqual([null, 'refusal', null, 4])
  })

  test('refuses a row on which a feature that is only transformed is no number', async () => {
    expect(await scoresOf([row('AAPL'), row('AAPL', { b_value: 'x' })])).toEqual([null, 'refusal'])
  })

  test('takes true and false as 1 and 0', async () => {
    expect(await scoresOf([row('AAPL', { b_value: true }), row('AAPL', { b_value: false })])).toEqual([null, 3.5])
  })

  test('remembers a row for which the model gives no number', async () => {
    const picky: ScoringModel = {
      ...summing,
      score: async (rows) => (await summing.score(rows)).map((score) => (score > 100 ? Number.NaN : score)),
    }
    const rows = [row('AAPL'), row('AAPL', { a_value: 200 }), row('AAPL', { a_value: -300 })]
    const all = await scoresOf(rows)
    expect(await scoresOf(rows, inferenceOf([picky]))).toEqual([null, 'refusal', all[2]])
  })

  test('shares nothing with another model of the same rows', async () => {
    const rows = [row('AAPL', { a_value: 3 }), row('AAPL', { a_value: 5 })]
    expect(await scoresOf(rows, inferenceOf([plain, summing]))).toEqual([-3, null, -5, 5 + 3 + 1 + 4])
  })
})

describe('models without derived inputs', () => {
  test('remember nothing', () => {
    const inference = createInference({ models: [plain], runId: 'live' })
    expect(Object.keys(inference).sort()).toEqual(['applyChunk', 'counts'])
  })
})

describe('the memory of inference', () => {
  const cell = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -9, max: 9 }) }, fc.constant(null))
  const history = fc.array(fc.tuple(fc.constantFrom('AAPL', 'SPX', 'TSLA'), cell, cell), {
    minLength: 1,
    maxLength: 40,
  })
  const rowsOf = (given: readonly (readonly [string, number | null, number | null])[]) =>
    given.map(([symbol, a_value, b_value]) => row(symbol, { a_value, b_value }))

  test('gives the same scores whatever the chunks, and from a snapshot or from rows that are only remembered', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        fc.nat(40),
        async (given, chunks, at) => {
          const rows = rowsOf(given)
          const whole = await scoresOf(rows)
          expect(await scoresOf(rows, inferenceOf(), chunks)).toEqual(whole)

          const first = inferenceOf()
          const before = await scoresOf(rows.slice(0, at), first)
          const snapshot = structuredClone(first.snapshot())
          const restored = inferenceOf()
          restored.restore(snapshot)
          // What the first goes on to take changes no snapshot.
          expect([...before, ...(await scoresOf(rows.slice(at), first))]).toEqual(whole)
          expect([...before, ...(await scoresOf(rows.slice(at), restored))]).toEqual(whole)

          const replayed = inferenceOf()
          for (const each of rows.slice(0, at)) replayed.remember(each)
          expect([...before, ...(await scoresOf(rows.slice(at), replayed))]).toEqual(whole)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('is as it was when a chunk fails, so that its parts can be tried again', async () => {
    let failures = 0
    const failing: ScoringModel = {
      ...summing,
      score: (rows) => {
        if (failures > 0) {
          failures -= 1
          throw new TypeError('not now')
        }
        return summing.score(rows)
      },
    }
    const rows = rowsOf([
      ['AAPL', 1, 2],
      ['AAPL', 3, 5],
      ['SPX', 1, 1],
      ['AAPL', 4, 4],
      ['SPX', 2, 2],
    ])
    const whole = await scoresOf(rows)
    const inference = inferenceOf([failing])
    const before = await scoresOf(rows.slice(0, 2), inference)
    for (let attempt = 0; attempt < 3; attempt += 1) {
      failures = 1
      await expect(scoresOf(rows.slice(2), inference)).rejects.toThrow('not now')
    }
    expect([...before, ...(await scoresOf(rows.slice(2), inference))]).toEqual(whole)
  })

  test('refuses what is no snapshot of it, and stays as it was', async () => {
    const inference = inferenceOf()
    const rows = rowsOf([
      ['AAPL', 1, 2],
      ['AAPL', 3, 5],
    ])
    const whole = await scoresOf(rows)
    await scoresOf(rows.slice(0, 1), inference)
    expect(() => inference.restore({ rows: [[0, 'AAPL', new Float64Array(3)]] })).toThrow(RangeError)
    expect(() => inference.restore({ rows: [[7, 'AAPL', new Float64Array(3)]] })).toThrow('no model 7')
    expect(await scoresOf(rows.slice(1), inference)).toEqual(whole.slice(1))
  })

  test.each<[string, Partial<ScoringModel>]>([
    ['version', { modelVersion: '2' }],
    ['universe', { symbols: new Set(['AAPL']) }],
    ['contracts', { contracts: { pack: 'other' } }],
    ['transforms', { derived: summing.derived.slice(1) }],
    ['features', { featuresHash: 'beef' }],
  ])('has another layout under another %s', (_, changes) => {
    expect(inferenceOf([{ ...summing, ...changes }]).layoutHash).not.toBe(inferenceOf().layoutHash)
  })
})
