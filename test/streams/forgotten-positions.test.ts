import { afterEach, describe, expect, test } from '@jest/globals'
import { RenewedMark } from '../../streams/beginning-mark.ts'
import { systemClock } from '../../streams/clock.ts'
import { codeOf } from '../../streams/errors.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { ownPartitions } from '../../streams/own-records.ts'
import type { Log, TopicPartition, TransactionContent } from '../../streams/port.ts'
import { committedPositions } from '../../streams/task-inputs.ts'
import type { Worker } from '../../streams/worker.ts'
import { withWriters } from './support/faulty-log.ts'
import { dataRecord } from './support/json-codec.ts'
import { isCaughtUp, testWorker } from './support/run-workers.ts'
import { mergeDefinition } from './support/small-processors.ts'
import { waitUntil } from './support/wait-until.ts'

const tape = { topic: 'tape', partition: 0 }
const mark = { topic: 'dead-letters.engine', partition: 0 }

const started: Worker[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()))
})

/** Where a task of this processor goes on, once fenced; or the code of its refusal, and its words. */
async function opened(log: MemoryLog, group = 'engine', inputs: readonly TopicPartition[] = [tape]) {
  const writer = await log.writer(`${group}-0`)
  await writer.fence()
  return committedPositions(log, writer, group, inputs).then(
    ({ positions }) => positions.map(({ offset }) => offset),
    (error: unknown) => `${codeOf(error)}: ${String(error)}`,
  )
}

function logWithTape(): MemoryLog {
  const log = new MemoryLog({ partitions: 2, singlePartition: ['snapshots.breadth'] })
  log.produce([dataRecord('tape', 0, 'A', 1), dataRecord('tape', 0, 'A', 2)])
  return log
}

describe('a task whose group the broker has forgotten', () => {
  test('does not begin anew once it has taken a snapshot', async () => {
    const log = new MemoryLog({ partitions: 1 })
    for (const topic of ['left', 'right']) log.produce([1, 2, 3, 4].map((ts) => dataRecord(topic, 0, 'k', ts)))
    const snapshots = { records: 1, minIntervalMs: 0, restFactor: 0 }
    const start = async () => {
      const worker = testWorker({ definition: mergeDefinition, log, partitions: 1, snapshots })
      started.push(worker)
      await worker.start()
      return worker
    }
    const first = await start()
    const snapshotTopic = { topic: 'snapshots.engine', partition: 0 }
    await waitUntil('a snapshot', async () => log.recordsOf(snapshotTopic).length > 0)
    await first.stop()
    const written = log.recordsOf({ topic: 'merged', partition: 0 }).length
    expect(written).toBeGreaterThan(0)
    log.forgetPositions('engine')
    await expect((await start()).finished).rejects.toMatchObject({ code: 'STATE_LOST' })
    expect(log.recordsOf({ topic: 'merged', partition: 0 })).toHaveLength(written)
    expect(await isCaughtUp(log, mergeDefinition, 1)).toBe(false)
  })

  test.each([
    ['engine', [tape], 'indicators', 0],
    ['ingest', [{ topic: 'market.bars', partition: 0 }], 'tape', 0],
    ['breadth', [tape, { ...tape, partition: 1 }], 'market-state', 1],
  ])('does not begin anew once it has written: %s', async (group, inputs, topic, partition) => {
    const log = logWithTape()
    if (topic === 'tape') log.deleteTopic('tape')
    log.produce([dataRecord(topic, partition, 'A', 1)])
    const refusal = await opened(log, group, inputs)
    expect(refusal).toMatch(/^STATE_LOST: /)
    expect(refusal).toContain(`it has written to ${topic}[${partition}], but its group has no committed positions`)
    expect(refusal).toContain('offsets.retention.minutes')
    expect((await log.committed(group, inputs)).size).toBe(0)
  })

  test('begins when what it has written was all aborted, or is of another partition', async () => {
    const log = logWithTape()
    const aborted = log.begin('engine-0', log.fence('engine-0'))
    aborted.append([dataRecord('indicators', 0, 'A', 1)])
    aborted.abort()
    log.produce([dataRecord('indicators', 1, 'A', 1)])
    expect(log.look({ topic: 'indicators', partition: 0, offset: 0 }).endOffset).toBeGreaterThan(0)
    expect(await opened(log)).toEqual([0])
  })

  test('is not lost when a newer owner has begun and written while it looked: it will be fenced', async () => {
    const memory = logWithTape()
    let looks = 0
    const log: Log = {
      ...withWriters(memory, (_id, writer) => writer),
      committed: async (group, partitions) => {
        const found = await memory.committed(group, partitions)
        looks += 1
        if (looks === 1) {
          await opened(memory)
          memory.produce([dataRecord('indicators', 0, 'A', 1)])
        }
        return found
      },
    }
    const writer = await log.writer('engine-0')
    await writer.fence()
    const { positions } = await committedPositions(log, writer, 'engine', [tape])
    expect([positions, looks]).toEqual([[{ ...tape, offset: 0 }], 3])
    await expect(writer.commit({ records: [] })).rejects.toMatchObject({ code: 'FENCED' })
  })

  test('begins anew when all that it writes was made anew on purpose', async () => {
    const log = logWithTape()
    await opened(log)
    log.produce([dataRecord('indicators', 0, 'A', 1)])
    log.forgetPositions('engine')
    expect(await opened(log)).toMatch(/^STATE_LOST/)
    log.deleteTopic('indicators')
    expect(await opened(log)).toEqual([0])
  })
})

test('what a task alone writes is its part of every topic of its processor but the dead letters', () => {
  const both = [tape, { ...tape, partition: 1 }]
  const keys = (processor: string, inputs: readonly TopicPartition[]) =>
    ownPartitions(processor, inputs).map(({ topic, partition }) => `${topic}[${partition}]`)
  expect(keys('engine', both.slice(1))).toEqual(['indicators[1]', 'snapshots.engine[1]'])
  expect(keys('breadth', both)).toEqual(['market-state[0]', 'market-state[1]', 'snapshots.breadth[0]'])
  expect(keys('sink', both)).toEqual([])
})

describe('the mark of the beginning', () => {
  test('is committed again by each owner, and once an hour, though no record comes', async () => {
    const memory = new MemoryLog({ partitions: 1 })
    let ahead = 0
    const clock = { ...systemClock, now: () => systemClock.now() + ahead }
    const committed: TransactionContent[] = []
    const log = withWriters(memory, (_id, writer) => ({
      fence: () => writer.fence(),
      close: () => writer.close(),
      commit: async (content) => {
        await writer.commit(content)
        committed.push(content)
      },
    }))
    const worker = testWorker({ definition: mergeDefinition, log, partitions: 1, clock })
    started.push(worker)
    await worker.start()
    await waitUntil('the mark of the owner, behind that of the beginning', () => committed.length === 2)
    memory.forgetPositions('engine', mark.topic)
    ahead = 3_600_000
    await waitUntil('the mark an hour on', async () => (await memory.committed('engine', [mark])).size > 0)
    const alone = { records: [], offsets: { group: 'engine', positions: [{ ...mark, offset: 0 }] } }
    expect(committed.slice(1)).toEqual([alone, alone])
  })

  test('is due for an owner at first, and an hour after it was committed', () => {
    const renewed = new RenewedMark([{ ...mark, offset: 0 }])
    expect(renewed.due(5)).toHaveLength(1)
    renewed.committed(5)
    expect(renewed.due(3_600_004)).toEqual([])
    expect(renewed.due(3_600_005)).toEqual([{ ...mark, offset: 0 }])
  })
})
