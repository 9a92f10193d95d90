import { beforeAll, describe, expect, test } from '@jest/globals'
import type { RecordCodec } from '../../../avro/codec.ts'
import type { FoldDefinition } from '../../../streams/definition.ts'
import type { MemoryLog } from '../../../streams/memory/memory-log.ts'
import type { Log, TransactionContent } from '../../../streams/port.ts'
import { withSlowCommits, withWriters } from '../../streams/support/faulty-log.ts'
import { dataRecord, jsonCodec } from '../../streams/support/json-codec.ts'
import { filledLog, partitions, runToEnd, testWorker } from '../../streams/support/run-workers.ts'
import { createMerge, mergeDefinition } from '../../streams/support/small-processors.ts'
import { waitUntil } from '../../streams/support/wait-until.ts'
import { disagreements } from './agreement.ts'
import { compareTopic, type TopicVerdict } from './compare-topic.ts'
import { compareLetters, type LetterVerdict } from './dead-letters.ts'
import { RunReader } from './run-reader.ts'

const seed = 5
const recordsPerPartition = 40
const clean = { lost: 0, duplicated: 0, outOfOrder: 0, differing: 0, unexpected: 0 }

/** JSON in which bytes come back as bytes, for the originals in dead letters. */
const codec: RecordCodec = {
  ...jsonCodec(),
  decode(_topic, bytes) {
    const revive = (_name: string, value: unknown) => (isBytes(value) ? Buffer.from(value.data) : value)
    const { recordName, value } = JSON.parse(bytes?.toString('utf8') ?? '', revive)
    return { kind: 'value', recordName, value, fingerprint: recordName }
  },
}

function isBytes(value: unknown): value is { readonly data: readonly number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer'
}

type Plant = { readonly definition?: FoldDefinition; readonly seen?: (log: Log) => Log; readonly restarts?: number }
type Found = { readonly merged: TopicVerdict; readonly letters: LetterVerdict }

/** Runs a worker until it has written something, and stops it long before it is done. */
async function runABit(log: MemoryLog, definition: FoldDefinition, seen: Log): Promise<void> {
  const written = () => log.recordsOf({ topic: 'merged', partition: 0 }).length
  const before = written()
  const worker = testWorker({ definition, log: withSlowCommits(seen, 3), limits: { records: 2 } })
  await worker.start()
  try {
    await waitUntil('some output', () => written() > before + 3)
  } finally {
    await worker.stop()
  }
}

/** Runs the processor over the input of the seed with a defect planted. */
async function runWith({ definition = mergeDefinition, seen = (log) => log, restarts = 0 }: Plant): Promise<MemoryLog> {
  const log = filledLog(seed, recordsPerPartition)
  for (let count = 0; count < restarts; count += 1) await runABit(log, definition, seen(log))
  await runToEnd(log, [testWorker({ definition, log: seen(log), limits: { records: 5 } })], definition)
  return log
}

let undisturbed: RunReader

async function audit(log: Log): Promise<Found> {
  const reader = new RunReader(log, codec, partitions)
  const merged = compareTopic('merged', await undisturbed.topic('merged'), await reader.topic('merged'))
  return { merged, letters: compareLetters(await undisturbed.letters('engine'), await reader.letters('engine')) }
}

const auditWith = async (plant: Plant): Promise<Found> => audit(await runWith(plant))

/** A log on which the n-th transaction with records becomes another one. */
function withChangedCommit(nth: number, change: (content: TransactionContent) => TransactionContent) {
  return (log: Log): Log => {
    let count = 0
    return withWriters(log, (_id, writer) => ({
      fence: () => writer.fence(),
      close: () => writer.close(),
      async commit(content) {
        if (content.records.length > 0) count += 1
        await writer.commit(content.records.length > 0 && count === nth ? change(content) : content)
      },
    }))
  }
}

const changedFold = (apply: (fold: ReturnType<typeof createMerge>) => FoldDefinition['create']): FoldDefinition => ({
  ...mergeDefinition,
  create: (context) => apply(createMerge())(context),
})

beforeAll(async () => {
  undisturbed = new RunReader(await runWith({}), codec, partitions)
})

test('a run without defect is clean, and has records and dead letters to compare', async () => {
  const { merged, letters } = await auditWith({ restarts: 2 })
  expect(merged).toMatchObject(clean)
  expect(merged.records).toBeGreaterThan(100)
  expect(letters).toMatchObject({ unexplained: 0, missing: 0 })
  expect(letters.letters).toBeGreaterThan(10)
})

describe('a defect is seen:', () => {
  test('positions that are not committed with their records give duplicates after a restart', async () => {
    const seen = (log: Log): Log =>
      withWriters(log, (_id, writer) => ({
        fence: () => writer.fence(),
        close: () => writer.close(),
        commit: (content) => writer.commit(content.records.length > 0 ? { records: content.records } : content),
      }))
    const log = filledLog(seed, recordsPerPartition)
    await runABit(log, mergeDefinition, seen(log))
    await runToEnd(log, [testWorker({ definition: mergeDefinition, log })], mergeDefinition)
    const { merged } = await audit(log)
    expect(merged.duplicated).toBeGreaterThan(0)
    expect(merged.examples.join()).toMatch(/duplicated: merged\[\d\]@\d+ test.Count/)
  })

  test('a clock in a fold gives differing bytes', async () => {
    const definition = changedFold((fold) => () => ({
      ...fold,
      apply: (record, emit) =>
        fold.apply(record, {
          marker: (topic, marker) => emit.marker(topic, marker),
          refuse: (refusal) => emit.refuse(refusal),
          duplicate: () => emit.duplicate(),
          leaveOut: (reason) => emit.leaveOut(reason),
          record: (output) => emit.record({ ...output, value: { ...output.value, count: performance.now() } }),
        }),
    }))
    const { merged } = await auditWith({ definition })
    expect(merged).toMatchObject({ lost: 0, duplicated: 0, unexpected: 0 })
    expect(merged.differing).toBe(merged.records)
  })

  test('a record that is dropped on the way is lost', async () => {
    const seen = withChangedCommit(4, (content) => ({ ...content, records: content.records.slice(1) }))
    const { merged, letters } = await auditWith({ seen })
    expect(merged.lost + letters.missing).toBe(1)
  })

  test('two records of a partition in the other order are out of order', async () => {
    const swap = (content: TransactionContent): TransactionContent => ({
      ...content,
      records: [...content.records].reverse(),
    })
    const { merged } = await auditWith({ seen: withChangedCommit(3, swap) })
    expect(merged.outOfOrder).toBeGreaterThan(0)
    expect(merged).toMatchObject({ lost: 0, duplicated: 0, unexpected: 0 })
  })

  test('a record of no input is not expected', async () => {
    const invented = dataRecord('merged', 1, 'stray', 3)
    const seen = withChangedCommit(2, (content) => ({ ...content, records: [...content.records, invented] }))
    expect((await auditWith({ seen })).merged).toMatchObject({ ...clean, unexpected: 1 })
  })

  test('a dead letter for which there is no bad record is unexplained, and the output in its place is lost', async () => {
    let refused = 0
    const definition = changedFold((fold) => () => ({
      ...fold,
      apply(record, emit) {
        const isWhim = record.kind === 'data' && record.partition === 2 && record.offset === 9
        if (!isWhim) return fold.apply(record, emit)
        refused += 1
        emit.refuse({ reason: 'LATE', message: 'a whim' })
      },
    }))
    const { letters } = await auditWith({ definition })
    expect(refused).toBeGreaterThan(0)
    expect(letters.unexplained).toBeGreaterThan(0)
    expect(letters.examples.join()).toMatch(/unexplained: engine LATE (left|right)\[2\]#\d+/)
  })

  test('a bad record that vanishes without a dead letter is missed', async () => {
    const isLetter = ({ topic }: { topic: string }) => topic.startsWith('dead-letters.')
    const seen = (log: Log): Log =>
      withWriters(log, (_id, writer) => ({
        fence: () => writer.fence(),
        close: () => writer.close(),
        commit: (content) => writer.commit({ ...content, records: content.records.filter((each) => !isLetter(each)) }),
      }))
    const { letters } = await auditWith({ seen })
    expect(letters.missing).toBeGreaterThan(10)
    expect(letters.unexplained).toBe(0)
  })

  test('a record that a reader saw and that is not there at the end is a disagreement', () => {
    const kept = { offset: 0, identity: '', digest: 'a' }
    expect(disagreements([[kept]], [[kept]])).toBe(0)
    expect(disagreements([[kept, { ...kept, offset: 1 }]], [[kept]])).toBe(1)
    expect(disagreements([[kept]], [[{ ...kept, digest: 'b' }]])).toBe(1)
    expect(disagreements([[]], [[kept]])).toBe(1)
  })
})
