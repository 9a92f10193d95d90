import type { RecordCodec } from '../../../avro/codec.ts'
import type { ProcessorDefinition } from '../../../streams/definition.ts'
import type { Log } from '../../../streams/port.ts'
import type { ChunkLimits } from '../../../streams/runner.ts'
import type { SnapshotSettings } from '../../../streams/snapshots/snapshot-settings.ts'
import { isCaughtUp, testWorker } from './run-workers.ts'
import { waitUntil } from './wait-until.ts'

/** How processors are run over a log in memory. */
export type ProcessorRun = {
  readonly workersEach?: number
  readonly limits?: Partial<ChunkLimits>
  readonly snapshots?: Partial<SnapshotSettings>
  readonly onEvent?: (event: string, details: Record<string, unknown>) => void
  /** What the workers see of the log, for faults. */
  readonly seen?: (log: Log) => Log
}

/** What is run, and over what. */
export type RunningChain = {
  readonly log: Log
  readonly codec: RecordCodec
  readonly partitions: number
  readonly definitions: readonly ProcessorDefinition[]
}

const withinMs = 180_000

/** Resolves when every processor has committed the end of its inputs, each after those before it. */
export async function allCaughtUp({ log, partitions, definitions }: RunningChain): Promise<void> {
  for (const definition of definitions) {
    await waitUntil(`${definition.name} to catch up`, () => isCaughtUp(log, definition, partitions), withinMs)
  }
}

/** Runs processors while `feed` runs and until all have read everything. Throws what stops a worker before. */
export async function runProcessors(
  chain: RunningChain,
  { workersEach = 1, seen = (log) => log, ...options }: ProcessorRun = {},
  feed: () => Promise<void> = async () => undefined,
): Promise<void> {
  const { log, codec, partitions, definitions } = chain
  const workers = definitions.flatMap((definition) =>
    Array.from({ length: workersEach }, () =>
      testWorker({ ...options, definition, log: seen(log), codec, partitions }),
    ),
  )
  const failure = Promise.race(workers.map(({ finished }) => finished.then(() => new Promise<never>(() => undefined))))
  failure.catch(() => undefined)
  for (const worker of workers) await worker.start()
  try {
    await Promise.race([feed(), failure])
    await Promise.race([allCaughtUp(chain), failure])
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()))
  }
}
