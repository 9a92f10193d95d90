import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Processor, TaskContext } from '../../processors/processor.ts'
import { systemClock } from '../../streams/clock.ts'
import type { FoldDefinition } from '../../streams/definition.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import type { Assignment, Log, Position, TransactionContent } from '../../streams/port.ts'
import type { Worker } from '../../streams/worker.ts'
import { withSlowCommits, withWriters } from './support/faulty-log.ts'
import { dataRecord, jsonCodec, markerRecord } from './support/json-codec.ts'
import { contentOf, isCaughtUp, partitions, type TestWorkerOptions, testWorker } from './support/run-workers.ts'
import { createMerge, mergeDefinition, timeOf } from './support/small-processors.ts'
import { waitUntil } from './support/wait-until.ts'

const started: Worker[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()))
})

async function start(options: TestWorkerOptions): Promise<Worker> {
  const worker = testWorker(options)
  started.push(worker)
  await worker.start()
  return worker
}

/** What is written and fenced through a log, in order. */
function watched(log: Log): { log: Log; commits: { id: string; content: TransactionContent }[]; fences: string[] } {
  const commits: { id: string; content: TransactionContent }[] = []
  const fences: string[] = []
  const seen = withWriters(log, (id, writer) => ({
    fence: async () => {
      fences.push(id)
      await writer.fence()
    },
    commit: async (content) => {
      await writer.commit(content)
      commits.push({ id, content })
    },
    close: () => writer.close(),
  }))
  return { log: seen, commits, fences }
}

/** Copies `left` to `merged`; throws or does what else it is asked to on the way. */
function copyDefinition(before: (ts: number) => void, more: Partial<FoldDefinition> = {}): FoldDefinition {
  return {
    name: 'engine',
    kind: 'fold',
    fanIn: false,
    inputs: ['left'],
    create: (): Processor => {
      let count = 0
      return {
        select: ([head]) => (head?.record ? 0 : undefined),
        apply(record, emit) {
          const ts = timeOf(record)
          count += 1
          before(ts)
          emit.record({ topic: 'merged', key: 'k', recordName: 'test.Count', value: { ts, count }, timestamp: ts })
        },
      }
    },
    ...more,
  }
}

function logWith(times: readonly number[], topic = 'left'): MemoryLog {
  const log = new MemoryLog({ partitions: 1 })
  log.produce(times.map((ts) => dataRecord(topic, 0, 'k', ts)))
  return log
}

const written = (log: MemoryLog): unknown[] =>
  log.recordsOf({ topic: 'merged', partition: 0 }).map(({ value }) => JSON.parse(String(value)).value)
const caughtUp = (log: Log, definition: FoldDefinition) => waitUntil('the end', () => isCaughtUp(log, definition, 1))

async function commitPositions(log: Log, group: string, positions: readonly Position[]): Promise<void> {
  const writer = await log.writer('before')
  await writer.fence()
  await writer.commit({ records: [], offsets: { group, positions } })
}

describe('a task that opens', () => {
  test('commits the start of every input before anything else, when it has never committed', async () => {
    const memory = logWith([1, 2, 3])
    memory.deleteBelow({ topic: 'left', partition: 0 }, 1)
    const { log, commits, fences } = watched(memory)
    await start({ definition: mergeDefinition, log, partitions: 1 })
    await waitUntil('the first commit', () => commits.length > 0)
    expect(fences).toEqual(['engine-0'])
    expect(commits[0]).toEqual({
      id: 'engine-0',
      content: {
        records: [],
        offsets: {
          group: 'engine',
          positions: [
            { topic: 'left', partition: 0, offset: 1 },
            { topic: 'right', partition: 0, offset: 0 },
            { topic: 'dead-letters.engine', partition: 0, offset: 0 },
          ],
        },
      },
    })
  })

  test('refuses to start when one of its inputs has no position: an input was added', async () => {
    const log = logWith([1, 2, 3])
    await commitPositions(log, 'engine', [{ topic: 'left', partition: 0, offset: 1 }])
    const worker = await start({ definition: mergeDefinition, log, partitions: 1 })
    await expect(worker.finished).rejects.toMatchObject({ code: 'INPUT_WITHOUT_OFFSET' })
    expect(worker.status.state).toBe('failed')
    expect(written(log)).toEqual([])
  })

  test('stops when its topics have more partitions than it was told of: keys have moved', async () => {
    const log = new MemoryLog({ partitions: 2 })
    const worker = await start({ definition: copyDefinition(() => undefined), log, partitions: 1 })
    await expect(worker.finished).rejects.toMatchObject({ code: 'PARTITION_COUNT' })
    expect(worker.status).toMatchObject({ state: 'failed', tasks: [] })
  })

  test('refuses to start when records that it has not read were deleted', async () => {
    const log = logWith([1, 2, 3])
    await commitPositions(log, 'engine', [{ topic: 'left', partition: 0, offset: 1 }])
    log.deleteBelow({ topic: 'left', partition: 0 }, 2)
    const worker = await start({ definition: copyDefinition(() => undefined), log, partitions: 1 })
    await expect(worker.finished).rejects.toMatchObject({ code: 'DATA_LOSS' })
    expect(written(log)).toEqual([])
  })

  test('refuses to start when its position is behind the end: the topic was made anew', async () => {
    const log = logWith([1, 2, 3])
    await commitPositions(log, 'engine', [{ topic: 'left', partition: 0, offset: 50 }])
    const worker = await start({ definition: copyDefinition(() => undefined), log, partitions: 1 })
    await expect(worker.finished).rejects.toMatchObject({ code: 'DATA_LOSS' })
  })
})

describe('a worker', () => {
  test('stops when records were deleted under a task that runs', async () => {
    const log = logWith([1])
    const definition = copyDefinition(() => undefined)
    const worker = await start({ definition, log, partitions: 1 })
    await caughtUp(log, definition)
    log.deleteBelow({ topic: 'left', partition: 0 }, 9)
    await expect(worker.finished).rejects.toMatchObject({ code: 'DATA_LOSS' })
  })

  test('commits positions without outputs once it has nothing to do', async () => {
    const log = logWith([5, 10, 15])
    log.produce([markerRecord('right', 0, 1_000)])
    await start({ definition: { ...mergeDefinition, create: () => createMerge() }, log, partitions: 1 })
    await waitUntil('the positions', async () => {
      const left = { topic: 'left', partition: 0 }
      return (await log.committed('engine', [left])).get('left[0]') === 4
    })
  })

  test('commits every position in the end, also one that moved while a commit was under way', async () => {
    // 500 records and their control record: the log in memory gives the latter in a look of its own.
    const log = logWith(Array.from({ length: 500 }, (_, index) => index + 1))
    const definition = copyDefinition(() => undefined)
    await start({ definition, log: withSlowCommits(log, 60), partitions: 1 })
    await caughtUp(log, definition)
    expect(written(log)).toHaveLength(500)
  })

  test('makes a dead letter of a record on which its processor throws three times, and answers all others once', async () => {
    const log = logWith([1, 2, 3, 4])
    const attempts: number[] = []
    const definition = copyDefinition((ts) => {
      if (ts !== 3) return
      attempts.push(ts)
      throw new TypeError('three is too much')
    })
    await start({ definition, log, partitions: 1, limits: { records: 1 } })
    await caughtUp(log, definition)
    expect(attempts).toHaveLength(3)
    expect(written(log)).toEqual([
      { ts: 1, count: 1 },
      { ts: 2, count: 2 },
      { ts: 4, count: 3 },
    ])
    const letters = log.recordsOf({ topic: 'dead-letters.engine', partition: 0 })
    expect(letters.map(({ headers, value }) => [String(headers[0]?.value), JSON.parse(String(value)).value])).toEqual([
      [
        'PROCESSING_FAILED',
        expect.objectContaining({
          source_topic: 'left',
          source_offset: 2,
          message: expect.stringContaining('three is too much'),
        }),
      ],
    ])
  })

  test('passes over such a record when its state is restored, also in another process', async () => {
    const log = logWith([1, 2, 3, 4])
    const definition = copyDefinition((ts) => {
      if (ts === 3) throw new TypeError('three is too much')
    })
    const first = await start({ definition, log, partitions: 1 })
    await caughtUp(log, definition)
    await first.stop()
    log.produce([dataRecord('left', 0, 'k', 5)])
    await start({ definition, log, partitions: 1 })
    await caughtUp(log, definition)
    expect(written(log).at(-1)).toEqual({ ts: 5, count: 4 })
    expect(log.recordsOf({ topic: 'dead-letters.engine', partition: 0 })).toHaveLength(1)
  })

  test('makes a dead letter of a record on which its processor cannot even decide what to take next', async () => {
    const log = logWith([1, 2, 3, 4])
    const definition = copyDefinition(() => undefined)
    const select: Processor['select'] = ([head]) => {
      if (head?.record && timeOf(head.record) === 3) throw new TypeError('three has no place')
      return head?.record ? 0 : undefined
    }
    const create = (context: TaskContext) => ({ ...definition.create(context), select })
    await start({ definition: { ...definition, create }, log, partitions: 1 })
    await caughtUp(log, definition)
    expect(written(log).at(-1)).toEqual({ ts: 4, count: 3 })
    expect(
      log.recordsOf({ topic: 'dead-letters.engine', partition: 0 }).map(({ headers }) => String(headers[0]?.value)),
    ).toEqual(['PROCESSING_FAILED'])
  })

  test('stops after a few tries on an error that nobody has classified', async () => {
    const log = logWith([1])
    let made = 0
    const definition = copyDefinition(() => undefined, {
      create: () => {
        made += 1
        throw new Error('no such catalog')
      },
    })
    const worker = await start({ definition, log, partitions: 1 })
    await expect(worker.finished).rejects.toThrow('no such catalog')
    expect(made).toBe(5)
  })

  test('goes on after any number of such errors, as long as it gets further in between', async () => {
    const times = [1, 2, 3, 4, 5, 6, 7, 8]
    const memory = logWith(times)
    let attempts = 0
    let failures = 0
    const log = withWriters(memory, (_id, writer) => ({
      fence: () => writer.fence(),
      close: () => writer.close(),
      commit: async (content) => {
        if (content.records.length > 0) attempts += 1
        if (content.records.length > 0 && attempts % 2 === 1) {
          failures += 1
          throw new Error('nobody knows')
        }
        await writer.commit(content)
      },
    }))
    const definition = copyDefinition(() => undefined, { limits: { records: 1 } })
    const clock = { now: systemClock.now, sleep: (millis: number) => systemClock.sleep(Math.min(millis, 5)) }
    await start({ definition, log, partitions: 1, limits: { records: 1 }, clock })
    await caughtUp(memory, definition)
    expect(failures).toBe(times.length)
    expect(written(memory)).toEqual(times.map((ts) => ({ ts, count: ts })))
  })

  test('finishes the transaction under way when it is stopped, and starts no other', async () => {
    const memory = logWith([1, 2, 3])
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let isHeld = false
    const log = withWriters(memory, (_id, writer) => ({
      fence: () => writer.fence(),
      close: () => writer.close(),
      commit: async (content) => {
        if (content.records.length > 0) {
          isHeld = true
          await held
        }
        await writer.commit(content)
      },
    }))
    const worker = await start({
      definition: copyDefinition(() => undefined),
      log,
      partitions: 1,
      limits: { records: 2 },
    })
    await waitUntil('the transaction', () => isHeld)
    const stopped = worker.stop()
    await sleep(20)
    expect(written(memory)).toEqual([])
    release()
    await stopped
    expect(written(memory)).toHaveLength(2)
    expect((await memory.committed('engine', [{ topic: 'left', partition: 0 }])).get('left[0]')).toBe(2)
    await expect(worker.finished).resolves.toBeUndefined()
  })

  test('leaves alone what it keeps when another member joins', async () => {
    const { log, fences } = watched(new MemoryLog({ partitions }))
    await start({ definition: mergeDefinition, log })
    await waitUntil('four tasks', () => fences.length === 4)
    await start({ definition: mergeDefinition, log })
    await waitUntil('two more', () => fences.length === 6)
    await sleep(50)
    expect(fences).toHaveLength(6)
    expect(fences.slice(4).every((id) => fences.slice(0, 4).includes(id))).toBe(true)
  })

  test('lets a task that waits stop its own inputs only, within bounds', async () => {
    const log = new MemoryLog({ partitions: 2 })
    for (let start = 0; start < 6_000; start += 500) {
      for (const partition of [0, 1]) {
        log.produce(Array.from({ length: 500 }, (_, index) => dataRecord('left', partition, 'k', start + index + 1)))
      }
    }
    // Only partition 1 has what its task waits for.
    log.produce([markerRecord('right', 1, 1e6), markerRecord('left', 1, 1e6)])
    const worker = await start({ definition: mergeDefinition, log, partitions: 2 })
    const last = { topic: 'left', partition: 1 }
    await waitUntil('the other task', async () => (await log.committed('engine', [last])).get('left[1]') === 6_014)
    expect(contentOf(log, 'merged', 2)[0]).toEqual([])
    const waiting = worker.status.tasks.find(({ id }) => id === 'engine-0')
    expect(waiting?.buffered).toBeGreaterThanOrEqual(2_000)
    expect(waiting?.buffered).toBeLessThanOrEqual(2_500)
  })
})

describe('a task that was told to end while it opened', () => {
  test('leaves alone the one that was opened for the same partition since', async () => {
    const memory = logWith([1])
    await commitPositions(memory, 'engine', [{ topic: 'left', partition: 0, offset: 0 }])
    let assign: (assignment: Assignment) => void = () => undefined
    let asked = 0
    let answer: () => void = () => undefined
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    const { log, fences } = watched({
      reader: () => memory.reader(),
      writer: (id) => memory.writer(id),
      notes: (group, partitions) => memory.notes(group, partitions),
      bounds: (partitions) => memory.bounds(partitions),
      close: () => memory.close(),
      membership: () => ({
        start: async (onAssigned) => {
          assign = onAssigned
        },
        stop: async () => undefined,
      }),
      async committed(group, partitions) {
        asked += 1
        const found = await memory.committed(group, partitions)
        if (asked === 1) await answered
        return found
      },
    })
    const definition = copyDefinition(() => undefined)
    await start({ definition, log, partitions: 1 })
    assign({ generation: 1, partitions: [0] })
    await waitUntil('the first to ask where it goes on', () => asked === 1)
    assign({ generation: 2, partitions: [] })
    assign({ generation: 3, partitions: [0] })
    await caughtUp(memory, definition)
    answer()
    await sleep(300)
    memory.produce([dataRecord('left', 0, 'k', 2)])
    await caughtUp(memory, definition)
    expect(fences).toEqual(['engine-0', 'engine-0'])
    expect(written(memory)).toEqual([
      { ts: 1, count: 1 },
      { ts: 2, count: 2 },
    ])
  })
})

describe('a task that was fenced', () => {
  test('does not fence its successor in turn: it waits for the group to tell whose the partition is', async () => {
    const memory = logWith([1])
    const { log, fences } = watched(memory)
    const events: string[] = []
    const definition = copyDefinition(() => undefined)
    const onEvent = (event: string, { code }: Record<string, unknown>) => events.push(`${event} ${code ?? ''}`.trim())
    const worker = await start({ definition, log, partitions: 1, onEvent })
    await caughtUp(memory, definition)
    const successor = await memory.writer('engine-0')
    await successor.fence()
    memory.produce([dataRecord('left', 0, 'k', 2)])
    await waitUntil('the fence to be felt', () => events.includes('task-failed FENCED'))
    await sleep(700)
    expect(fences).toEqual(['engine-0'])
    expect(written(memory)).toEqual([{ ts: 1, count: 1 }])
    await successor.commit({ records: [] })
    const stoppedAt = performance.now()
    await worker.stop()
    expect(performance.now() - stoppedAt).toBeLessThan(1_000)
  })

  test('opens again at once when the group says that the partition is its own', async () => {
    const memory = logWith([1])
    const { log, fences } = watched(memory)
    const definition = copyDefinition(() => undefined)
    const events: string[] = []
    await start({ definition, log, partitions: 1, onEvent: (event) => events.push(event) })
    await caughtUp(memory, definition)
    const other = await memory.writer('engine-0')
    await other.fence()
    memory.produce([dataRecord('left', 0, 'k', 2)])
    await waitUntil('the fence to be felt', () => events.includes('task-failed'))
    const passing = testWorker({ definition, log: memory, partitions: 1, codec: jsonCodec() })
    await passing.start()
    await waitUntil('the task to open again', () => fences.length === 2, 2_000)
    await passing.stop()
    await caughtUp(memory, definition)
    expect(written(memory)).toEqual([
      { ts: 1, count: 1 },
      { ts: 2, count: 2 },
    ])
  })
})
