import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { createInference } from '../../../processors/inference/inference.ts'
import type { ScoringModel } from '../../../processors/inference/scoring-model.ts'
import type { DataRecord, InputRecord, MarkerRecord } from '../../../processors/processor.ts'
import { recordingEmits } from './recording-emit.ts'

const TS = Date.UTC(2012, 0, 3, 21)

/** Scores a row by its first feature. */
const halving: ScoringModel = {
  modelId: 'halving',
  modelVersion: '1',
  view: 'core_pack_1d',
  features: ['a_value', 'b_value'],
  derived: [],
  featuresHash: 'f00d',
  contracts: { pack_z: 'zz', pack_a: 'aa' },
  symbols: new Set(['AAPL', 'SPX']),
  score: async (rows) => Float32Array.from({ length: rows.length / 2 }, (_, row) => (rows[row * 2] ?? 0) / 2),
}

const contractHeaders = { 'contract.pack_a': 'aa', 'contract.pack_z': 'zz', 'contract.other': 'whatever' }

function row(
  symbol: string,
  features: Record<string, unknown>,
  headers: Record<string, string> = contractHeaders,
): DataRecord {
  return {
    kind: 'data',
    topic: 'features.core_pack_1d',
    partition: 0,
    offset: 0,
    timestamp: TS,
    key: symbol,
    recordName: 'barline.features.CorePack1d',
    value: { symbol, timeframe: '1d', ts: TS, known_at: TS + 60_000, a_value: 1, b_value: 0, ...features },
    headers,
  }
}

function clock(ts: number): MarkerRecord {
  const marker = { kind: 'clock', ts, known_at: ts } as const
  return { kind: 'marker', topic: 'features.core_pack_1d', partition: 0, offset: 0, timestamp: ts, marker }
}

async function apply(records: readonly InputRecord[], models: readonly ScoringModel[] = [halving]) {
  const inference = createInference({ models, runId: 'live' })
  const recording = recordingEmits()
  await inference.applyChunk(records, recording.emits)
  return { ...recording, counts: inference.counts() }
}

describe('a complete feature row', () => {
  test('becomes a raw score keyed by symbol and stamped with the time of the row', async () => {
    const { emitted } = await apply([row('AAPL', { a_value: 0.5 })])
    expect(emitted).toEqual([
      [
        {
          kind: 'record',
          record: {
            topic: 'scores.raw',
            key: 'AAPL',
            recordName: 'barline.scores.RawScore',
            timestamp: TS,
            value: {
              score_id: createHash('sha256')
                .update(JSON.stringify(['halving', '1', 'AAPL', '1d', TS, 'live']))
                .digest('hex'),
              model_id: 'halving',
              model_version: '1',
              symbol: 'AAPL',
              timeframe: '1d',
              ts: TS,
              known_at: TS + 60_000,
              run_id: 'live',
              status: 'ok',
              p_up: 0.25,
              expected_return: null,
              risk: null,
              contracts: { pack_a: 'aa', pack_z: 'zz' },
              features_hash: 'f00d',
            },
          },
        },
      ],
    ])
  })

  test('carries its contracts with their keys sorted, since Avro writes a map in the order of its keys', async () => {
    const { emitted } = await apply([row('AAPL', {})])
    const [score] = emitted[0] ?? []
    expect(score?.kind === 'record' && Object.keys(score.record.value.contracts as object)).toEqual([
      'pack_a',
      'pack_z',
    ])
  })
})

describe('every row is accounted for', () => {
  test('a row that lacks a feature of the model gives a score without outputs', async () => {
    const { emitted, counts } = await apply([row('SPX', { b_value: null })])
    const [score] = emitted[0] ?? []
    expect(score).toMatchObject({
      kind: 'record',
      record: { value: { status: 'incomplete_features', p_up: null, expected_return: null, risk: null } },
    })
    expect(counts).toEqual({ scored: 0, incomplete: 1, outsideUniverse: 0, refused: 0 })
  })

  test('a null in a feature that the model does not use changes nothing', async () => {
    const { counts } = await apply([row('SPX', { c_value: null })])
    expect(counts.scored).toBe(1)
  })

  test('a symbol outside the universe gives no score and is counted', async () => {
    const { emitted, counts, leftOut } = await apply([row('TSLA', {})])
    expect(emitted).toEqual([])
    expect(leftOut).toEqual(['OUTSIDE_UNIVERSE'])
    expect(counts).toEqual({ scored: 0, incomplete: 0, outsideUniverse: 1, refused: 0 })
  })
})

describe('a row is refused', () => {
  test.each([
    ['with another contract than the model', { ...contractHeaders, 'contract.pack_a': 'other' }, 'is other'],
    ['without the contract of a pack the model names', { 'contract.pack_a': 'aa' }, 'contract.pack_z is absent'],
  ])('%s', async (_, headers, message) => {
    const { emitted } = await apply([row('AAPL', {}, headers)])
    expect(emitted[0]).toEqual([
      { kind: 'refusal', refusal: { reason: 'CONTRACT_MISMATCH', message: expect.stringContaining(message) } },
    ])
  })

  test.each([
    ['a feature that is not there', { a_value: undefined }, 'feature a_value is undefined'],
    ['a feature that is not a number', { b_value: Number.NaN }, 'feature b_value is NaN'],
  ])('with %s', async (_, features, message) => {
    const { emitted } = await apply([row('AAPL', features)])
    expect(emitted[0]).toEqual([
      { kind: 'refusal', refusal: { reason: 'PROCESSING_FAILED', message: expect.stringContaining(message) } },
    ])
  })

  test('when the model gives NaN for it, and its neighbours are scored all the same', async () => {
    const nanForNegative: ScoringModel = {
      ...halving,
      score: async (rows) => Float32Array.from({ length: rows.length / 2 }, (_, at) => Math.sqrt(rows[at * 2] ?? 0)),
    }
    const { emitted, counts } = await apply(
      [row('AAPL', {}), row('AAPL', { a_value: -1 }), row('SPX', {})],
      [nanForNegative],
    )
    expect(emitted.map((of) => of.map(({ kind }) => kind))).toEqual([['record'], ['refusal'], ['record']])
    expect(emitted[1]?.[0]).toMatchObject({
      refusal: { reason: 'PROCESSING_FAILED', message: 'model halving/1 gives p_up = NaN for a complete row' },
    })
    expect(counts).toEqual({ scored: 2, incomplete: 0, outsideUniverse: 0, refused: 1 })
  })

  test('by all models if one refuses it, so that a dead letter stands for the whole row', async () => {
    const other: ScoringModel = { ...halving, modelId: 'other', contracts: { pack_a: 'bb' } }
    const { emitted } = await apply([row('AAPL', {})], [halving, other])
    expect(emitted[0]?.map(({ kind }) => kind)).toEqual(['refusal'])
  })
})

describe('order', () => {
  test('markers and scores leave in the order of their inputs', async () => {
    const first = clock(TS)
    const { emitted, order } = await apply([row('AAPL', {}), first, row('SPX', {}), clock(TS + 1)])
    expect(order).toEqual([0, 1, 2, 3])
    expect(emitted[1]).toEqual([{ kind: 'marker', topic: 'scores.raw', marker: first.marker }])
  })

  test('several versions score a row in the order they are given', async () => {
    const shadow: ScoringModel = { ...halving, modelVersion: '2', symbols: new Set(['SPX']) }
    const { emitted, counts } = await apply([row('AAPL', {}), row('SPX', {})], [halving, shadow])
    const versions = emitted.map((of) => of.map((item) => item.kind === 'record' && item.record.value.model_version))
    expect(versions).toEqual([['1'], ['1', '2']])
    expect(counts).toEqual({ scored: 3, incomplete: 0, outsideUniverse: 1, refused: 0 })
  })
})

describe('inference does not start', () => {
  test.each([
    ['without a model', []],
    ['with one version twice', [halving, halving]],
    ['with models of different views', [halving, { ...halving, modelId: 'hourly', view: 'core_pack_1h' }]],
  ])('%s', (_, models) => {
    expect(() => createInference({ models, runId: 'live' })).toThrow(RangeError)
  })
})
