import { createOfflineCodec } from '../../../avro/codec.ts'
import { chainInputs, defineProcessor } from '../../../cli/chain.ts'
import { fingerprinter } from '../../../cli/digest.ts'
import { loadMarket } from '../../../cli/market.ts'
import { load } from '../../../load/load.ts'
import type { ProcessorDefinition } from '../../../streams/definition.ts'
import { type Digest, digestTopic } from '../../../streams/digest.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import type { ProcessorName } from '../../../topics/topics.ts'
import { type ProcessorRun, runProcessors } from './run-processors.ts'

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

/** Loads files and runs every processor but the sink over them until all have read everything. */
export async function runChain(paths: readonly string[], run: ProcessorRun = {}): Promise<MemoryLog> {
  const log = new MemoryLog({ partitions: chainPartitions, singlePartition: ['loads'] })
  const { graceMs } = market.grid
  const { calendarOf } = market
  await load(paths, { log, codec, partitions: chainPartitions, delayMs: 0, graceMs, calendarOf })
  const definitions: ProcessorDefinition[] = []
  // One after the other: Jest's module loader trips over imports that overlap.
  for (const name of chain) definitions.push(await defineProcessor(name, { market, store: noStore }))
  await runProcessors({ log, codec, partitions: chainPartitions, definitions }, run)
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
