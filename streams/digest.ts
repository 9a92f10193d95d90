import { createHash } from 'node:crypto'
import { isMarkerRecord } from './marker-record.ts'
import type { Log, LogRecord, TopicPartition } from './port.ts'
import { readPartition } from './stretch.ts'

/** What was hashed: the digest, hex, and how many data records it is over. */
export type Digest = {
  readonly topic: string
  readonly sha256: string
  readonly dataRecords: number
  readonly markers: number
}

const contractPrefix = 'contract.'
const confluentPrefixBytes = 5

function lengthPrefixed(bytes: Buffer): Buffer[] {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return [length, bytes]
}

/** What the digest is over of one data record, beside its place. */
export type DigestedParts = [key: Buffer, fingerprint: Buffer, body: Buffer, contracts: Buffer]

/** What has to be the same of a data record wherever it is written: key, writer's schema, body and contract headers. */
export function digestedParts(
  record: Pick<LogRecord, 'key' | 'value' | 'headers'>,
  fingerprint: string,
): DigestedParts {
  const contracts = record.headers
    .filter(({ name }) => name.startsWith(contractPrefix))
    .map(({ name, value }) => `${name}=${value.toString('utf8')}`)
    .sort()
  return [
    record.key ?? Buffer.alloc(0),
    Buffer.from(fingerprint),
    record.value?.subarray(confluentPrefixBytes) ?? Buffer.alloc(0),
    Buffer.from(contracts.join('\n')),
  ]
}

/** The digest of one partition, record by record. */
export class PartitionDigest {
  readonly #hash = createHash('sha256')
  readonly #partition: number
  #records = 0

  constructor(partition: number) {
    this.#partition = partition
  }

  get records(): number {
    return this.#records
  }

  add(parts: DigestedParts): void {
    const place = Buffer.from(`${this.#partition}/${this.#records}`)
    for (const bytes of [place, ...parts].flatMap(lengthPrefixed)) this.#hash.update(bytes)
    this.#records += 1
  }

  finish(): Buffer {
    return this.#hash.digest()
  }
}

/** The digest of a topic, of those of its partitions in their order; hex. */
export function combinedDigest(partitions: readonly Buffer[]): string {
  const combined = createHash('sha256')
  for (const part of partitions) combined.update(part)
  return combined.digest('hex')
}

async function digestPartition(
  log: Log,
  where: TopicPartition,
  fingerprintOf: (topic: string, value: Buffer | null) => Promise<string>,
): Promise<{ hash: Buffer; dataRecords: number; markers: number }> {
  const digest = new PartitionDigest(where.partition)
  let markers = 0
  for await (const records of readPartition(log, where)) {
    for (const record of records) {
      if (isMarkerRecord(record)) markers += 1
      else digest.add(digestedParts(record, await fingerprintOf(where.topic, record.value)))
    }
  }
  return { hash: digest.finish(), dataRecords: digest.records, markers }
}

/**
 * The digest of invariant 1: over (partition, ordinal among data records, key, fingerprint of the writer's schema, Avro body
 * without its prefix, contract headers) of each committed data record, per partition, combined in partition order. Offsets,
 * batch bounds, markers and schema ids are left out, since restarts and other installations change them. Waits for transactions that are
 * open before the end; throws `LogUnavailableError` when one of them does not end.
 */
export async function digestTopic(
  log: Log,
  topic: string,
  partitions: number,
  fingerprintOf: (topic: string, value: Buffer | null) => Promise<string>,
): Promise<Digest> {
  const hashes: Buffer[] = []
  let dataRecords = 0
  let markers = 0
  for (let partition = 0; partition < partitions; partition += 1) {
    const part = await digestPartition(log, { topic, partition }, fingerprintOf)
    hashes.push(part.hash)
    dataRecords += part.dataRecords
    markers += part.markers
  }
  return { topic, sha256: combinedDigest(hashes), dataRecords, markers }
}
