import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { RestorableProcessor } from '../../processors/processor.ts'
import type { FoldDefinition } from '../../streams/definition.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import type { Log, LogReader, Position } from '../../streams/port.ts'
import type { Worker } from '../../streams/worker.ts'
import { dataRecord } from './support/json-codec.ts'
import { contentOf, isCaughtUp, type TestWorkerOptions, testWorker } from './support/run-workers.ts'
import { createMerge, mergeDefinition, timeOf } from './support/small-processors.ts'
import { waitUntil } from './support/wait-until.ts'

const started: Worker[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()))
})

async function start(options: TestWorkerOptions): Promise<Worker> {
  const worker = testWorker({ partitions: 1, ...options })
  started.push(worker)
  await worker.start()
  return worker
}

function withReader(log: Log, fetch: (reader: LogReader, positions: readonly Position[]) => Promise<void>): Log {
  return {
    reader: async () => {
      const reader = await log.reader()
      return {
        fetch: async (positions, waitMs, maxBytes) => {
          await fetch(reader, positions)
          return reader.fetch(positions, waitMs, maxBytes)
        },
        close: () => reader.close(),
      }
    },
    writer: (id) => log.writer(id),
    membership: (group, topics, mode) => log.membership(group, topics, mode),
    committed: (group, partitions) => log.committed(group, partitions),
    notes: (group, partitions) => log.notes(group, partitions),
    bounds: (partitions) => log.bounds(partitions),
    close: () => log.close(),
  }
}

const times = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)

describe('a restore', () => {
  test('ends at once, and is no failure, when a stop is asked for during it', async () => {
    const memory = new MemoryLog({ partitions: 1 })
    memory.produce(times(1, 3_000).map((ts) => dataRecord('left', 0, 'k', ts)))
    const definition = { ...mergeDefinition, inputs: ['left'] }
    const first = await start({ definition, log: memory })
    await waitUntil('the end', () => isCaughtUp(memory, definition, 1))
    await first.stop()
    let reads = 0
    const events: string[] = []
    const slow = withReader(memory, async () => {
      reads += 1
      await sleep(300)
    })
    const second = await start({ definition, log: slow, onEvent: (event) => events.push(event) })
    await waitUntil('the restore to read', () => reads > 0)
    const askedAt = performance.now()
    await second.stop()
    // Reading all of it would take another five times 300 ms.
    expect(performance.now() - askedAt).toBeLessThan(1_200)
    expect(events).toEqual(['assigned'])
    expect(reads).toBeLessThan(4)
  })

  test('from a snapshot passes over records that were given up, and reads only the dead letters behind it', async () => {
    const memory = new MemoryLog({ partitions: 1 })
    const feed = (some: readonly number[]) => memory.produce(some.map((ts) => dataRecord('left', 0, 'k', ts)))
    const definition: FoldDefinition = {
      ...mergeDefinition,
      inputs: ['left'],
      create: (): RestorableProcessor => {
        const merge = createMerge()
        return {
          ...merge,
          select: ([head]) => (head?.record ? 0 : undefined),
          apply(record, emit) {
            if (timeOf(record) % 50 === 3) throw new Error('It cannot be taken')
            merge.apply(record, emit)
          },
        }
      },
    }
    const letterReads: number[] = []
    const log = withReader(memory, async (_reader, positions) => {
      for (const { topic, offset } of positions) if (topic.startsWith('dead-letters')) letterReads.push(offset)
    })
    const snapshots = { records: 30, minIntervalMs: 0, maxIntervalMs: 1e9, restFactor: 0 }
    const restored: Record<string, unknown>[] = []
    const onEvent = (event: string, details: Record<string, unknown>) => {
      if (event === 'restored') restored.push(details)
    }
    const run = async (log: Log) => {
      const worker = await start({ definition, log, snapshots, limits: { records: 10 }, onEvent })
      await waitUntil('the end', () => isCaughtUp(memory, definition, 1))
      await worker.stop()
    }
    feed(times(1, 120))
    await run(memory)
    feed(times(120, 130))
    const lettersBefore = memory.recordsOf({ topic: 'dead-letters.engine', partition: 0 }).length
    await run(log)
    expect(restored.at(-1)).toMatchObject({ source: 'snapshot' })
    expect(lettersBefore).toBeGreaterThan(10)
    expect(Math.min(...letterReads, Number.POSITIVE_INFINITY)).toBeGreaterThan(8)

    const undisturbed = new MemoryLog({ partitions: 1 })
    undisturbed.produce(times(1, 130).map((ts) => dataRecord('left', 0, 'k', ts)))
    const once = await start({ definition, log: undisturbed })
    await waitUntil('the end', () => isCaughtUp(undisturbed, definition, 1))
    await once.stop()
    const values = (each: MemoryLog) => contentOf(each, 'merged', 1)[0]?.map((text) => text.replace(/"place":\d+,/, ''))
    expect(values(memory)).toEqual(values(undisturbed))
  })
})
