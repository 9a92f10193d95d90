import type { RecordCodec } from '../avro/codec.ts'
import type { Refusal } from '../processors/refusal.ts'
import type { LogRecord, OutgoingRecord, TopicPartition } from './port.ts'

/** Who refuses, in which run. */
export type Refuser = { readonly processor: string; readonly runId: string }

/** The dead letter of a refused record: its bytes, key and headers untouched, where it stood, and why it was refused. */
export function deadLetter(
  codec: RecordCodec,
  { processor, runId }: Refuser,
  where: TopicPartition,
  raw: LogRecord,
  { reason, message }: Refusal,
): OutgoingRecord {
  const topic = `dead-letters.${processor}`
  return {
    topic,
    partition: where.partition,
    key: raw.key ?? Buffer.alloc(0),
    value: codec.encode(topic, 'barline.DeadLetter', {
      processor,
      reason,
      message,
      source_topic: where.topic,
      source_partition: where.partition,
      source_offset: raw.offset,
      source_timestamp: raw.timestamp,
      key: raw.key,
      value: raw.value,
      header_names: raw.headers.map(({ name }) => name),
      header_values: raw.headers.map(({ value }) => value),
      run_id: runId,
    }),
    timestamp: raw.timestamp,
    headers: { 'barline.reason': reason },
  }
}
