import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { RestorableProcessor } from '../../../processors/processor.ts'
import type { FoldDefinition } from '../../../streams/definition.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import type { OutgoingRecord } from '../../../streams/port.ts'
import type { SnapshotManifest } from '../../../streams/snapshots/snapshot-records.ts'
import type { Worker } from '../../../streams/worker.ts'
import { dataRecord, jsonCodec } from '../support/json-codec.ts'
import { contentOf, isCaughtUp, type TestWorkerOptions, testWorker } from '../support/run-workers.ts'
import { timeOf } from '../support/small-processors.ts'
import { waitUntil } from '../support/wait-until.ts'

const codec = jsonCodec()
const where = { topic: 'snapshots.engine', partition: 0 }
const input = { topic: 'left', partition: 0 }
const started: Worker[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.stop()))
})

/** Numbers the records of `left`. */
function counting(layoutHash = 'count 1', inputs = ['left']): FoldDefinition {
  return {
    name: 'engine',
    kind: 'fold',
    fanIn: false,
    inputs,
    create: (): RestorableProcessor => {
      let count = 0
      return {
        layoutHash,
        snapshot: () => ({ count, ballast: new Float64Array(40).fill(count) }),
        restore: (snapshot) => {
          if (typeof snapshot.count !== 'number') throw new RangeError('No count')
          count = snapshot.count
        },
        select: (heads) => {
          const index = heads.findIndex(({ record }) => record)
          return index < 0 ? undefined : index
        },
        apply(record, emit) {
          count += 1
          const ts = timeOf(record)
          emit.record({ topic: 'merged', key: 'k', recordName: 'test.Count', value: { ts, count }, timestamp: ts })
        },
      }
    },
  }
}

type Events = { readonly event: string; readonly details: Record<string, unknown> }[]

async function runOver(
  log: MemoryLog,
  options: Partial<TestWorkerOptions> = {},
  until: () => boolean = () => true,
): Promise<Events> {
  const events: Events = []
  const definition = options.definition ?? counting()
  const worker = testWorker({
    log,
    partitions: 1,
    limits: { records: 5, intervalMs: 1 },
    snapshots: { records: 20, minIntervalMs: 0, maxIntervalMs: 1e9, restFactor: 0, pieceBytes: 100 },
    ...options,
    definition,
    onEvent: (event, details) => events.push({ event, details }),
  })
  started.push(worker)
  await worker.start()
  await Promise.race([
    worker.finished,
    waitUntil('the end', async () => {
      if (worker.status.state === 'failed') return true
      const isIdle = worker.status.tasks.every(({ open }) => open)
      return isIdle && (await isCaughtUp(log, definition, 1)) && until()
    }),
  ])
  await worker.stop()
  return events
}

const times = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)
const feed = (log: MemoryLog, some: readonly number[]) => log.produce(some.map((ts) => dataRecord('left', 0, 'k', ts)))

/** A log with 50 records of which all have been taken, with two complete snapshots; then come 5 more. */
async function withSnapshots(): Promise<MemoryLog> {
  const log = new MemoryLog({ partitions: 1 })
  feed(log, times(0, 50))
  await runOver(log, {}, () => manifestsIn(log) === 2)
  feed(log, times(50, 55))
  return log
}

type Kept = { readonly key: string; readonly value: Record<string, unknown>; readonly offset: number }

function snapshotRecords(log: MemoryLog): Kept[] {
  return log.recordsOf(where).flatMap(({ key, value, offset }) => {
    const decoded = codec.decode(where.topic, value)
    return decoded.kind === 'value' ? [{ key: String(key), value: decoded.value, offset }] : []
  })
}

const manifestsIn = (log: MemoryLog) => snapshotRecords(log).filter(({ key }) => key.endsWith('.manifest')).length

function newestManifest(log: MemoryLog): SnapshotManifest & { readonly key: string } {
  const newest = snapshotRecords(log).findLast(({ key }) => key.endsWith('.manifest'))
  if (!newest) throw new Error('There is no manifest')
  return { ...(newest.value as unknown as SnapshotManifest), key: newest.key }
}

function put(log: MemoryLog, key: string, recordName: 'SnapshotPiece' | 'SnapshotManifest', value: object): void {
  const record: OutgoingRecord = {
    ...where,
    key: Buffer.from(key),
    value: codec.encode(where.topic, `barline.snapshots.${recordName}`, value as Record<string, unknown>),
    timestamp: 0,
    headers: {},
  }
  log.produce([record])
}

const ignoredIn = (events: Events) =>
  events.flatMap(({ event, details }) => (event === 'snapshot-ignored' ? [details.reason] : []))
const restoredIn = (events: Events) => events.find(({ event }) => event === 'restored')?.details

async function expectAllNumbered(log: MemoryLog): Promise<void> {
  const counts = contentOf(log, 'merged', 1)[0]?.map((text) => Number(/"count":(\d+)/.exec(text)?.[1]))
  expect(counts).toEqual(times(1, 56))
}

test('a sound snapshot is used, and only what lies behind it is read again', async () => {
  const log = await withSnapshots()
  const events = await runOver(log)
  expect(ignoredIn(events)).toEqual([])
  expect(restoredIn(events)).toMatchObject({ source: 'snapshot', generation: newestManifest(log).generation })
  expect(Number(restoredIn(events)?.records)).toBeLessThan(25)
  await expectAllNumbered(log)
})

test('a group with committed offsets and no snapshot reads the log from its beginning', async () => {
  const log = new MemoryLog({ partitions: 1 })
  feed(log, times(0, 50))
  await runOver(log, { snapshots: { records: 1e9, maxIntervalMs: 1e9 } })
  expect(log.recordsOf(where)).toEqual([])
  feed(log, times(50, 55))
  expect(restoredIn(await runOver(log))).toMatchObject({ source: 'log', records: 50 })
  await expectAllNumbered(log)
})

describe('a snapshot is not used, and an older one is, when', () => {
  /** Every record of the newest generation alone. */
  const newest = (log: MemoryLog) => newestManifest(log)

  test.each<[string, string, (log: MemoryLog) => void]>([
    [
      'a byte of it is another',
      'DAMAGED',
      (log) => {
        const { generation, key } = newest(log)
        const piece = snapshotRecords(log).find(({ value }) => value.generation === generation && value.piece === 0)
        const payload = Buffer.from(piece?.value.payload as Buffer)
        payload[5] = (payload[5] ?? 0) ^ 1
        put(log, key.replace('manifest', '0'), 'SnapshotPiece', { generation, piece: 0, payload })
      },
    ],
    [
      'a piece of it is missing',
      'DAMAGED',
      (log) => {
        const { key, ...manifest } = newest(log)
        put(log, key, 'SnapshotManifest', { ...manifest, pieces: manifest.pieces + 1 })
      },
    ],
    [
      'it is in a form that a newer version writes',
      'OTHER_FORM',
      (log) => {
        const { key, ...manifest } = newest(log)
        put(log, key, 'SnapshotManifest', { ...manifest, form: 'v8-frames-2' })
      },
    ],
    [
      'it is of records that have not been taken',
      'FUTURE_OFFSET',
      (log) => {
        const { key, ...manifest } = newest(log)
        put(log, key, 'SnapshotManifest', { ...manifest, positions: { ...manifest.positions, 'left[0]': 1_000 } })
      },
    ],
    [
      'it does not say where its input goes on',
      'OTHER_DEFINITION',
      (log) => {
        const { key, ...manifest } = newest(log)
        put(log, key, 'SnapshotManifest', { ...manifest, positions: {} })
      },
    ],
    [
      'its bytes are sound and no state',
      'UNREADABLE',
      (log) => {
        const { key, ...manifest } = newest(log)
        const payload = Buffer.from('bytes of somebody else')
        const sha256 = createHash('sha256').update(payload).digest('hex')
        const { generation } = manifest
        put(log, key.replace('manifest', '0'), 'SnapshotPiece', { generation, piece: 0, payload })
        put(log, key, 'SnapshotManifest', { ...manifest, pieces: 1, bytes: payload.length, sha256 })
      },
    ],
  ])('%s', async (_what, reason, tamper) => {
    const log = await withSnapshots()
    const { generation } = newestManifest(log)
    tamper(log)
    const events = await runOver(log)
    expect(ignoredIn(events)).toEqual([reason])
    expect(restoredIn(events)).toMatchObject({ source: 'snapshot', generation: generation - 1 })
    await expectAllNumbered(log)
  })
})

describe('no snapshot is used when', () => {
  test.each<[string, string, Partial<TestWorkerOptions>]>([
    ['the state has another layout', 'OTHER_LAYOUT', { definition: counting('count 2') }],
    ['another release has folded it', 'OTHER_RELEASE', { release: 'another' }],
  ])('%s', async (_what, reason, options) => {
    const log = await withSnapshots()
    const events = await runOver(log, options)
    expect(new Set(ignoredIn(events))).toEqual(new Set([reason]))
    expect(restoredIn(events)).toMatchObject({ source: 'log', records: 50 })
    await expectAllNumbered(log)
  })

  test('another processor has written it', async () => {
    const log = await withSnapshots()
    const writer = await log.writer('engine-0')
    await writer.fence()
    await writer.commit({
      records: [],
      offsets: { group: 'engine', positions: [{ topic: 'right', partition: 0, offset: 0 }] },
    })
    const events = await runOver(log, { definition: counting('count 1', ['left', 'right']) })
    expect(new Set(ignoredIn(events))).toEqual(new Set(['OTHER_DEFINITION']))
    await expectAllNumbered(log)
  })

  test('its topic holds nothing but what others have put there', async () => {
    const log = new MemoryLog({ partitions: 1 })
    feed(log, times(0, 50))
    await runOver(log, { snapshots: { records: 1e9, maxIntervalMs: 1e9 } })
    for (const key of ['a.0', 'x.manifest', '']) {
      log.produce([{ ...where, key: Buffer.from(key), value: Buffer.from('?'), timestamp: 0, headers: {} }])
    }
    put(log, 'a.manifest', 'SnapshotManifest', { generation: 99, pieces: 1, positions: {} })
    feed(log, times(50, 55))
    const events = await runOver(log)
    // The records that are none, and the manifest without a layout.
    expect(ignoredIn(events)).toEqual(['UNREADABLE', 'OTHER_FORM'])
    expect(restoredIn(events)).toMatchObject({ source: 'log', records: 50 })
    await expectAllNumbered(log)
    // What is written next is newer than what was found.
    feed(log, times(55, 100))
    await runOver(log, {}, () => newestManifest(log).generation > 99)
  })

  test('its beginning is gone', async () => {
    const log = await withSnapshots()
    const { generation } = newestManifest(log)
    const second = snapshotRecords(log).find(({ value }) => value.generation === generation && value.piece === 1)
    log.deleteBelow(where, second?.offset ?? 0)
    const events = await runOver(log)
    expect(ignoredIn(events)).toEqual(['DAMAGED'])
    expect(restoredIn(events)).toMatchObject({ source: 'log', records: 50 })
    await expectAllNumbered(log)
  })
})

test('records that are gone although a snapshot needs them stop the worker, since no state can be had without them', async () => {
  const log = await withSnapshots()
  const committed = (await log.committed('engine', [input])).get('left[0]') ?? 0
  log.deleteBelow(input, committed)
  await expect(runOver(log)).rejects.toMatchObject({ code: 'STATE_LOST', retriable: false })
})
