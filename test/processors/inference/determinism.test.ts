import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type LoadedModel, loadModel } from '../../../models/model-loader.ts'
import { createInference } from '../../../processors/inference/inference.ts'
import type { DataRecord } from '../../../processors/processor.ts'
import { recordingEmits } from './recording-emit.ts'

const FOLDER = fileURLToPath(new URL('../../../models/equity_daily_momentum/1', import.meta.url))

let model: LoadedModel
let rows: readonly DataRecord[]
let alone: readonly unknown[]

beforeAll(async () => {
  model = await loadModel(FOLDER)
  const golden = JSON.parse(await readFile(join(FOLDER, 'golden.json'), 'utf8'))
  rows = golden.rows.map(({ symbol, ts, features }: { symbol: string; ts: number; features: number[] }): DataRecord => {
    const vector = Object.fromEntries(model.features.map((id, index) => [id, features[index]]))
    return {
      kind: 'data',
      topic: 'features.core_pack_1d',
      partition: 0,
      offset: 0,
      timestamp: ts,
      key: symbol,
      recordName: 'barline.features.CorePack1d',
      value: { symbol, timeframe: '1d', ts, known_at: ts, ...vector },
      headers: Object.fromEntries(Object.entries(model.contracts).map(([pack, hash]) => [`contract.${pack}`, hash])),
    }
  })
  alone = (await Promise.all(rows.map((row) => score([row])))).flat()
})

/** What is emitted for these rows, taken in chunks of these sizes in turn. */
async function score(given: readonly DataRecord[], chunkSizes: readonly number[] = [given.length]): Promise<unknown[]> {
  const inference = createInference({ models: [model], runId: 'live' })
  const scores: unknown[] = []
  for (let start = 0, turn = 0; start < given.length; turn += 1) {
    const size = chunkSizes[turn % chunkSizes.length] ?? 1
    const { emits, emitted } = recordingEmits()
    await inference.applyChunk(given.slice(start, start + size), emits)
    scores.push(...emitted.flat())
    start += size
  }
  return scores
}

describe('the score of a feature row', () => {
  test('has the same bits whatever rows stand before and after it, and however many', async () => {
    const order = fc.array(fc.nat({ max: 31 }), { minLength: 1, maxLength: 200 })
    const sizes = fc.array(fc.integer({ min: 1, max: 130 }), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(order, sizes, async (picked, chunkSizes) => {
        const given = picked.flatMap((index) => rows[index] ?? [])
        expect(await score(given, chunkSizes)).toEqual(picked.map((index) => alone[index]))
      }),
      { numRuns: 50 },
    )
  })

  test('is the one stored with the model at training', async () => {
    const golden = JSON.parse(await readFile(join(FOLDER, 'golden.json'), 'utf8'))
    golden.rows.forEach(({ p_up }: { p_up: number }, index: number) => {
      const emitted = alone[index] as { record: { value: { p_up: number; status: string } } }
      expect(emitted.record.value.status).toBe('ok')
      expect(Math.abs(emitted.record.value.p_up - p_up)).toBeLessThanOrEqual(1e-6)
    })
  })

  test('does not depend on how two chunks overlap in time', async () => {
    const halves = await Promise.all([score(rows.slice(0, 16)), score(rows.slice(16))])
    expect(halves.flat()).toEqual(alone)
  })
})
