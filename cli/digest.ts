import type { RecordCodec } from '../avro/codec.ts'
import { digestTopic } from '../streams/digest.ts'
import { topicById } from '../topics/topics.ts'
import { findAddresses } from './addresses.ts'
import type { Config } from './config.ts'
import { connectCodec, openLog } from './connect.ts'

/** Gives the fingerprint of a record's writer schema, or says what keeps the record from being read. */
export function fingerprinter(codec: RecordCodec): (topic: string, value: Buffer | null) => Promise<string> {
  return async (topic, value) => {
    let decoded = codec.decode(topic, value)
    if (decoded.kind === 'unknown-id') {
      await codec.learn(decoded.schemaId)
      decoded = codec.decode(topic, value)
    }
    return decoded.kind === 'value'
      ? decoded.fingerprint
      : `unreadable:${decoded.kind === 'refused' ? decoded.refusal.reason : ''}`
  }
}

/** Prints one line a topic: digest, data records, topic. */
export async function printDigest(
  ids: readonly string[],
  config: Config,
  print: (line: string) => void,
): Promise<void> {
  const addresses = findAddresses(config)
  const log = openLog(config, addresses, 'barline-digest')
  try {
    const codec = await connectCodec(config, addresses)
    for (const id of ids) {
      const { partitions } = topicById(id)
      const digest = await digestTopic(
        log,
        id,
        partitions === 'chain' ? config.partitions : partitions,
        fingerprinter(codec),
      )
      print(`${digest.sha256}  ${digest.dataRecords} records  ${id}`)
    }
  } finally {
    await log.close()
  }
}
