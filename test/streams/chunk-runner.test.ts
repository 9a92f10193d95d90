import { describe, expect, test } from '@jest/globals'
import type { ChunkProcessor } from '../../processors/processor.ts'
import { Chunk } from '../../streams/chunk.ts'
import { chunkRunner } from '../../streams/chunk-runner.ts'
import { LogUnavailableError } from '../../streams/errors.ts'
import { InputBuffer } from '../../streams/input-feed.ts'
import { decodedInput } from './support/decoded.ts'
import { jsonCodec } from './support/json-codec.ts'
import { createRemembering } from './support/small-processors.ts'

const codec = jsonCodec()
const limits = { records: 1_000, bytes: 1e9, millis: 1e9, intervalMs: 0, floodMs: 0, commitsOfWait: 4 }

/** Runs a processor over records 0 to `count` - 1; what came out, as `copied <offset>` and `refused <offset>`. */
async function outcome(count: number, processor: ChunkProcessor) {
  const buffer = new InputBuffer({ topic: 'tape', partition: 0, offset: 0 })
  const records = Array.from({ length: count }, (_, offset) => decodedInput('tape', 0, offset))
  buffer.put(
    {
      topic: 'tape',
      partition: 0,
      records: [],
      nextOffset: count,
      endOffset: count,
      stableOffset: count,
      startOffset: 0,
    },
    records,
    1,
  )
  const chunk = new Chunk(codec, { processor: 'inference', runId: 'live' })
  const taken = await chunkRunner(processor, () => undefined)([buffer], chunk, limits)
  const lines = chunk.records.map(({ topic, value }) => {
    const decoded = codec.decode(topic, value)
    const fields = decoded.kind === 'value' ? decoded.value : {}
    return topic === 'scores.raw' ? `copied ${fields.ts}` : `refused ${fields.source_offset}: ${fields.message}`
  })
  return { taken, lines, counts: chunk.counts, bytes: chunk.bytes, written: chunk.records }
}

/** Copies each record, in chunks; throws on a chunk that has a record that `isBad` names, half of its outputs emitted. */
function copying(isBad: (offset: number) => boolean, calls: number[] = []): ChunkProcessor {
  return {
    async applyChunk(records, emits) {
      calls.push(records.length)
      records.forEach((record, index) => {
        if (isBad(record.offset)) throw new TypeError(`${record.offset} is too much`)
        const value = { ts: record.offset }
        emits(index).record({ topic: 'scores.raw', key: 'k', recordName: 'test.Score', value, timestamp: 0 })
      })
    },
  }
}

describe('a chunk processor that throws', () => {
  test('loses the records at fault only, each after three attempts alone, and every other one is answered once, in order', async () => {
    const bad = new Set([3, 4, 17])
    const attempts = new Map<number, number>()
    const { taken, lines, counts, bytes, written } = await outcome(
      32,
      copying((offset) => {
        if (bad.has(offset)) attempts.set(offset, (attempts.get(offset) ?? 0) + 1)
        return bad.has(offset)
      }),
    )
    expect(taken).toBe(32)
    expect(lines).toEqual(
      Array.from({ length: 32 }, (_, offset) =>
        bad.has(offset) ? `refused ${offset}: 3 times: TypeError: ${offset} is too much` : `copied ${offset}`,
      ),
    )
    expect(counts).toMatchObject({ taken: 32, emitted: new Map([['scores.raw', 29]]) })
    expect(counts.refused).toEqual(new Map([['PROCESSING_FAILED', 3]]))
    expect(bytes).toBe(written.reduce((sum, { value }) => sum + value.length, 0))
  })

  test('once, and then not again, loses nothing', async () => {
    let calls = 0
    const { lines } = await outcome(
      8,
      copying(() => {
        calls += 1
        return calls === 3
      }),
    )
    expect(lines).toEqual(Array.from({ length: 8 }, (_, offset) => `copied ${offset}`))
  })

  test('on a record that it is to remember has remembered it all the same, and no record twice', async () => {
    const processor = createRemembering(undefined, ({ offset }) => [3, 4, 17].includes(offset))
    const { counts } = await outcome(32, processor)
    expect(counts.refused).toEqual(new Map([['PROCESSING_FAILED', 3 + [0, 7, 14, 21, 28].length]]))
    expect(processor.snapshot()).toEqual({ counts: new Map([['K', 32]]) })
  })

  test('on everything stops instead of refusing everything', async () => {
    const calls: number[] = []
    await expect(
      outcome(
        1_000,
        copying(() => true, calls),
      ),
    ).rejects.toThrow('is too much')
    expect(calls.length).toBeLessThan(600)
  })

  test.each([true, false])(
    'an error that says whether to try again (%s) refuses nothing and searches for nothing',
    async (retriable) => {
      const calls: number[] = []
      const error = Object.assign(new LogUnavailableError('reading', 'down'), { retriable })
      const processor: ChunkProcessor = {
        async applyChunk(records) {
          calls.push(records.length)
          throw error
        },
      }
      await expect(outcome(10, processor)).rejects.toBe(error)
      expect(calls).toEqual([10])
    },
  )
})
