import { createHash } from 'node:crypto'
import { isMarkerRecord } from './marker-record.ts'
import { type Log, type LogRecord, partitionKey, type TopicPartition } from './port.ts'

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

/** What has to be the same of a data record wherever it is written: key, writer's schema, body and contract headers. */
export function digestedParts(record: Pick<LogRecord, 'key' | 'value' | 'headers'>, fingerprint: string): Buffer[] {
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

async function digestPartition(
  log: Log,
  where: TopicPartition,
  fingerprintOf: (topic: string, value: Buffer | null) => Promise<string>,
): Promise<{ hash: Buffer; dataRecords: number; markers: number }> {
  const hash = createHash('sha256')
  const bounds = (await log.bounds([where])).get(partitionKey(where)) ?? { start: 0, end: 0 }
  const reader = await log.reader()
  let ordinal = 0
  let markers = 0
  try {
    let offset = bounds.start
    while (offset < bounds.end) {
      const [fetched] = await reader.fetch([{ ...where, offset }], 500)
      if (!fetched || fetched.nextOffset === offset) break
      for (const record of fetched.records) {
        if (isMarkerRecord(record)) {
          markers += 1
          continue
        }
        const place = Buffer.from(`${where.partition}/${ordinal}`)
        const parts = digestedParts(record, await fingerprintOf(where.topic, record.value))
        for (const bytes of [place, ...parts].flatMap(lengthPrefixed)) hash.update(bytes)
        ordinal += 1
      }
      offset = fetched.nextOffset
    }
  } finally {
    await reader.close()
  }
  return { hash: hash.digest(), dataRecords: ordinal, markers }
}

/**
 * The digest of invariant 1: over (partition, ordinal among data records, key, fingerprint of the writer's schema, Avro body
 * without its prefix, contract headers) of each committed data record, per partition, combined in partition order. Offsets,
 * batch bounds, markers and schema ids are left out, since restarts and other installations change them.
 */
export async function digestTopic(
  log: Log,
  topic: string,
  partitions: number,
  fingerprintOf: (topic: string, value: Buffer | null) => Promise<string>,
): Promise<Digest> {
  const combined = createHash('sha256')
  let dataRecords = 0
  let markers = 0
  for (let partition = 0; partition < partitions; partition += 1) {
    const part = await digestPartition(log, { topic, partition }, fingerprintOf)
    combined.update(part.hash)
    dataRecords += part.dataRecords
    markers += part.markers
  }
  return { topic, sha256: combined.digest('hex'), dataRecords, markers }
}
