import { chainInputs } from '../../cli/chain.ts'
import { countEverything, type TopicLine } from '../../cli/demo-report.ts'
import { fingerprinter } from '../../cli/digest.ts'
import { drained } from '../../cli/drain.ts'
import { type Digest, digestTopic } from '../../streams/digest.ts'
import type { DecodedInput } from '../../streams/input-record.ts'
import { partitionKey } from '../../streams/port.ts'
import { readRange } from '../../streams/task-inputs.ts'
import type { ProcessorName } from '../../topics/topics.ts'
import type { Installation } from './installation.ts'

const stallMs = 120_000

/** Waits until these processors have committed the end of their inputs. */
export async function processed(
  { log, config }: Installation,
  names: readonly ProcessorName[],
  failure?: Promise<never>,
): Promise<void> {
  const definitions = chainInputs().filter(({ name }) => names.includes(name))
  await drained({ log, definitions, partitions: config.partitions, stallMs, ...(failure ? { failure } : {}) })
}

/** The committed records of one partition, markers included. */
export async function readPartition(
  { log, codec }: Installation,
  topic: string,
  partition: number,
): Promise<DecodedInput[]> {
  const where = { topic, partition }
  const { start, end } = (await log.bounds([where])).get(partitionKey(where)) ?? { start: 0, end: 0 }
  const reader = await log.reader()
  const records: DecodedInput[] = []
  try {
    for await (const batch of readRange(reader, codec, { ...where, offset: start }, end)) records.push(...batch)
    return records
  } finally {
    await reader.close()
  }
}

/** The committed records of a topic, by partition, markers included. */
export function readTopic(installation: Installation, topic: string): Promise<DecodedInput[][]> {
  const partitions = Array.from({ length: installation.config.partitions }, (_, partition) => partition)
  return Promise.all(partitions.map((partition) => readPartition(installation, topic, partition)))
}

/** Whether a record is data rather than a marker. */
export const isData = ({ input }: DecodedInput): boolean => input?.kind !== 'marker'

/** Digests of topics, by topic. */
export async function digestsOf(
  { log, codec, config }: Installation,
  topics: readonly string[],
): Promise<Record<string, Pick<Digest, 'sha256' | 'dataRecords'>>> {
  const digests: Record<string, Pick<Digest, 'sha256' | 'dataRecords'>> = {}
  for (const topic of topics) {
    const { sha256, dataRecords } = await digestTopic(log, topic, config.partitions, fingerprinter(codec))
    digests[topic] = { sha256, dataRecords }
  }
  return digests
}

/** Counts of every stored topic, in the log and in ClickHouse, by topic. */
export async function countsOf({ config, addresses }: Installation): Promise<ReadonlyMap<string, TopicLine>> {
  return new Map((await countEverything(config, addresses)).map((line) => [line.topic, line]))
}
