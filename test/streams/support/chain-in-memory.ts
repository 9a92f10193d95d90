import { createOfflineCodec } from '../../../avro/codec.ts'
import { chainInputs, defineProcessor } from '../../../cli/chain.ts'
import { fingerprinter } from '../../../cli/digest.ts'
import { loadMarket } from '../../../cli/market.ts'
import { load } from '../../../load/load.ts'
import type { ProcessorDefinition } from '../../../streams/definition.ts'
import { type Digest, digestTopic } from '../../../streams/digest.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import type { Log } from '../../../streams/port.ts'
import type { ChunkLimits } from '../../../streams/runner.ts'
import type { Worker } from '../../../streams/worker.ts'
import type { ProcessorName } from '../../../topics/topics.ts'
import { isCaughtUp, testWorker } from './run-workers.ts'
import { waitUntil } from './wait-until.ts'

/** Partitions of the chain in these tests. */
export const chainPartitions = 3

/** Topics of the chain that are made of others, in the order of the path of a bar. */
export const derivedTopics = [
  'tape',
  'indicators',
  'market-state',
  'features.core_pack_1d',
  'scores.raw',
  'scores',
  'dead-letters.ingest',
] as const

const codec = createOfflineCodec()
const market = loadMarket()
const noStore = () => {
  throw new Error('There is no ClickHouse in memory')
}
const chain = chainInputs()
  .map(({ name }) => name)
  .filter((name): name is Exclude<ProcessorName, 'sink'> => name !== 'sink')

/** How the chain is run. */
export type ChainRun = {
  readonly workersEach?: number
  readonly limits?: Partial<ChunkLimits>
  /** What the workers see of the log, for faults. */
  readonly seen?: (log: Log) => Log
}

/** Loads files and runs every processor but the sink over them until all have read everything. */
export async function runChain(paths: readonly string[], run: ChainRun = {}): Promise<MemoryLog> {
  const { workersEach = 1, limits, seen = (log) => log } = run
  const log = new MemoryLog({ partitions: chainPartitions, singlePartition: ['loads'] })
  const { graceMs } = market.grid
  const { calendarOf } = market
  await load(paths, { log, codec, partitions: chainPartitions, delayMs: 0, graceMs, calendarOf })
  const definitions: ProcessorDefinition[] = []
  // One after the other: Jest's module loader trips over imports that overlap.
  for (const name of chain) definitions.push(await defineProcessor(name, { market, store: noStore }))
  const workers = definitions.flatMap((definition) =>
    Array.from(
      { length: workersEach },
      (): Worker =>
        testWorker({ definition, log: seen(log), codec, partitions: chainPartitions, ...(limits ? { limits } : {}) }),
    ),
  )
  const failure = Promise.race(workers.map(({ finished }) => finished.then(() => new Promise<never>(() => undefined))))
  failure.catch(() => undefined)
  for (const worker of workers) await worker.start()
  try {
    for (const definition of definitions) {
      const done = waitUntil(
        `${definition.name} to catch up`,
        () => isCaughtUp(log, definition, chainPartitions),
        180_000,
      )
      await Promise.race([done, failure])
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()))
  }
  return log
}

/** The digest of every derived topic. */
export function digests(log: MemoryLog): Promise<Digest[]> {
  return Promise.all(derivedTopics.map((topic) => digestTopic(log, topic, chainPartitions, fingerprinter(codec))))
}

/** The data records of a topic known by a time, per partition and in order: key, time and the bytes of the body. */
export function knownBy(log: MemoryLog, topic: string, time: number): string[][] {
  return Array.from({ length: chainPartitions }, (_, partition) =>
    log.recordsOf({ topic, partition }).flatMap(({ key, value, timestamp, headers }) => {
      if (headers.some(({ name }) => name === 'barline.kind')) return []
      const decoded = codec.decode(topic, value)
      if (decoded.kind !== 'value') throw new Error(`${topic}: ${decoded.kind}`)
      return Number(decoded.value.known_at) <= time ? [`${key} ${timestamp} ${value?.toString('hex')}`] : []
    }),
  )
}
