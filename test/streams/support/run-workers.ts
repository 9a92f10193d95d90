import type { RecordCodec } from '../../../avro/codec.ts'
import type { Clock } from '../../../streams/clock.ts'
import type { ProcessorDefinition } from '../../../streams/definition.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import { createWorkerMetrics } from '../../../streams/metrics.ts'
import { type Log, type OutgoingRecord, partitionKey } from '../../../streams/port.ts'
import type { ChunkLimits } from '../../../streams/runner.ts'
import type { SnapshotSettings } from '../../../streams/snapshots/snapshot-settings.ts'
import { Worker } from '../../../streams/worker.ts'
import { dataRecord, jsonCodec, markerRecord, unreadableRecord } from './json-codec.ts'
import { seededRandom } from './random.ts'
import { waitUntil } from './wait-until.ts'

/** Partitions of every topic of these tests. */
export const partitions = 4

/** What a worker of a test may differ in. */
export type TestWorkerOptions = {
  readonly definition: ProcessorDefinition
  readonly log: Log
  readonly codec?: RecordCodec
  readonly limits?: Partial<ChunkLimits>
  readonly partitions?: number
  readonly snapshots?: Partial<SnapshotSettings>
  readonly release?: string
  readonly clock?: Clock
  readonly onEvent?: (event: string, details: Record<string, unknown>) => void
}

/** A worker over a log in memory, not yet started. */
export function testWorker({ definition, log, codec, ...rest }: TestWorkerOptions): Worker {
  return new Worker({
    ...rest,
    definition,
    partitions: rest.partitions ?? partitions,
    runId: 'live',
    log,
    codec: codec ?? jsonCodec(),
    metrics: createWorkerMetrics(definition.name),
  })
}

/** Whether a processor has committed the end of each of its inputs. */
export async function isCaughtUp(
  log: Log,
  { name, inputs }: ProcessorDefinition,
  count = partitions,
): Promise<boolean> {
  const all = inputs.flatMap((topic) => Array.from({ length: count }, (_, partition) => ({ topic, partition })))
  const [committed, bounds] = await Promise.all([log.committed(name, all), log.bounds(all)])
  return all.every((each) => committed.get(partitionKey(each)) === bounds.get(partitionKey(each))?.end)
}

/** Runs workers until their processor has committed everything, then stops them. Throws what stops one of them before. */
export async function runToEnd(log: Log, workers: readonly Worker[], definition: ProcessorDefinition): Promise<void> {
  const failure = Promise.race(workers.map(({ finished }) => finished.then(() => new Promise<never>(() => undefined))))
  failure.catch(() => undefined)
  for (const worker of workers) await worker.start()
  try {
    await Promise.race([
      waitUntil(`${definition.name} to catch up`, () => isCaughtUp(log, definition), 180_000),
      failure,
    ])
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()))
  }
}

/** What is on each partition of a topic, without what restarts may change: offsets. */
export function contentOf(log: MemoryLog, topic: string, count = partitions): string[][] {
  return Array.from({ length: count }, (_, partition) =>
    log.recordsOf({ topic, partition }).map(({ key, value, timestamp, headers }) => {
      const names = headers.map((header) => `${header.name}=${header.value}`).join(',')
      return `${key} ${value} @${timestamp} ${names}`
    }),
  )
}

/** A log with `left` and `right` filled from a seed: rising times, some bytes that no codec reads, a marker at the end. */
export function filledLog(seed: number, recordsPerPartition: number): MemoryLog {
  const random = seededRandom(seed)
  const log = new MemoryLog({ partitions })
  for (const topic of ['left', 'right']) {
    for (let partition = 0; partition < partitions; partition += 1) {
      const records: OutgoingRecord[] = []
      for (let ts = 1; records.length < recordsPerPartition; ts += Math.floor(random() * 4)) {
        const isReadable = random() > 0.05
        records.push(
          isReadable
            ? dataRecord(topic, partition, `k${Math.floor(random() * 3)}`, ts)
            : unreadableRecord(topic, partition, ts),
        )
      }
      records.push(markerRecord(topic, partition, 1_000_000))
      // Transactions of some records each, so that control records leave gaps in the offsets.
      for (let start = 0; start < records.length; start += 13) log.produce(records.slice(start, start + 13))
    }
  }
  return log
}
