import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { completeHead, type InputRecord } from '../../processors/processor.ts'
import { silentEmit } from '../../streams/chunk.ts'
import { decodeInput } from '../../streams/input-record.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import type { Position } from '../../streams/port.ts'
import { replayInputs, replayOutput } from '../../streams/restore.ts'
import { dataRecord, jsonCodec, markerRecord, unreadableRecord } from './support/json-codec.ts'
import { createMerge } from './support/small-processors.ts'

const codec = jsonCodec()
const inputs = ['left', 'right'].map((topic) => ({ topic, partition: 0 }))
const letters: Position[] = [{ topic: 'dead-letters.engine', partition: 0, offset: 0 }]
const starts: Position[] = inputs.map((input) => ({ ...input, offset: 0 }))

const times = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 20 }).map((some) => some.sort((a, b) => a - b))

function logOf(left: readonly number[], right: readonly number[]): MemoryLog {
  const log = new MemoryLog({ partitions: 1 })
  for (const [topic, some] of [
    ['left', left],
    ['right', right],
  ] as const) {
    const records = some.map((ts) => (ts === 13 ? unreadableRecord(topic, 0, ts) : dataRecord(topic, 0, 'k', ts)))
    for (let start = 0; start < records.length; start += 4) log.produce(records.slice(start, start + 4))
    log.produce([markerRecord(topic, 0, 1_000)])
  }
  return log
}

/** Runs a fold over the log as a task would; after each record the positions and the state at them. */
async function positionsOnTheWay(log: MemoryLog): Promise<{ ends: Position[]; taken: string[] }[]> {
  const queues = await Promise.all(
    inputs.map(async (where) => {
      const decoded = await Promise.all(log.recordsOf(where).map((raw) => decodeInput(codec, where, raw)))
      return decoded.map(({ input }) => input).filter((input): input is InputRecord => input !== undefined)
    }),
  )
  const merge = createMerge()
  const next = [0, 0]
  const ends = () =>
    inputs.map((input, index) => ({ ...input, offset: queues[index]?.[next[index] ?? 0]?.offset ?? 1e6 }))
  const seen = [{ ends: starts, taken: [] as string[] }]
  for (;;) {
    const index = merge.select(inputs.map((where, each) => completeHead(where, queues[each]?.[next[each] ?? 0], false)))
    const record = index === undefined ? undefined : queues[index]?.[next[index] ?? 0]
    if (index === undefined || !record) return seen
    merge.apply(record, silentEmit)
    next[index] = (next[index] ?? 0) + 1
    seen.push({ ends: ends(), taken: [...merge.state.taken] })
  }
}

describe('a fold restored from its inputs', () => {
  test('is as it was at whatever positions were committed', async () => {
    await fc.assert(
      fc.asyncProperty(times, times, fc.nat(), async (left, right, pick) => {
        const log = logOf(left, right)
        const seen = await positionsOnTheWay(log)
        const { ends, taken } = seen[pick % seen.length] ?? { ends: starts, taken: [] }
        const merge = createMerge()
        const bounded = await Promise.all(
          ends.map(async (end) => {
            const bound = [...(await log.bounds([end])).values()][0]
            return { ...end, offset: Math.min(end.offset, bound?.end ?? 0) }
          }),
        )
        expect(await replayInputs({ log, codec }, merge, starts, bounded, letters)).toBe(taken.length)
        expect(merge.state.taken).toEqual(taken)
      }),
      { numRuns: 60 },
    )
  })

  test('reads nothing when nothing was committed beyond the start', async () => {
    const merge = createMerge()
    expect(await replayInputs({ log: logOf([1], [2]), codec }, merge, starts, starts, letters)).toBe(0)
    expect(merge.state.taken).toEqual([])
  })
})

describe('a fold restored from its output', () => {
  test('takes back every record of its own partition in order, markers included, and nothing else', async () => {
    const log = new MemoryLog({ partitions: 2 })
    log.produce([dataRecord('tape', 1, 'a', 1), dataRecord('tape', 0, 'other', 2), markerRecord('tape', 1, 3)])
    log.produce([unreadableRecord('tape', 1, 4), dataRecord('tape', 1, 'b', 5)])
    const taken: number[] = []
    const processor = { ...createMerge(), takeBack: (record: InputRecord) => taken.push(record.offset) }
    expect(await replayOutput({ log, codec }, processor, { topic: 'tape', partition: 1, offset: 0 })).toBe(3)
    expect(taken).toEqual([0, 1, 4])
  })

  test('is empty when it has written nothing', async () => {
    const log = new MemoryLog({ partitions: 1 })
    const processor = { ...createMerge(), takeBack: () => undefined }
    expect(await replayOutput({ log, codec }, processor, { topic: 'tape', partition: 0, offset: 0 })).toBe(0)
  })
})
