import type { RecordCodec } from '../avro/codec.ts'
import type { Refusal } from '../processors/refusal.ts'
import type { LogRecord, OutgoingRecord, TopicPartition } from './port.ts'
import { sizeOf } from './record-size.ts'

/** Who refuses, in which run. */
export type Refuser = { readonly processor: string; readonly runId: string }

/** Header of a dead letter without the original's bytes: how many those are. They stay where they were read. */
export const bytesLeftOut = 'barline.bytes-left-out'

/** Below the `max.message.bytes` that dead-letter topics are provisioned with (2 MiB). */
const maxLetterBytes = 2_000_000
/** What was wrong is said in so many characters; an error may quote a whole record. */
const maxMessageLength = 2_000

/**
 * The dead letter of a refused record: its bytes, key and headers untouched, where it stood, and why it was refused. Of a record
 * too large for any letter, the letter gives place and size only, so that no record can keep its task from going on.
 */
export function deadLetter(
  codec: RecordCodec,
  refuser: Refuser,
  where: TopicPartition,
  raw: LogRecord,
  { reason, message }: Refusal,
): OutgoingRecord {
  const words = message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message
  const letter = letterOf(codec, refuser, where, raw, { reason, message: words })
  if (sizeOf(letter) <= maxLetterBytes) return letter
  const inHeaders = raw.headers.reduce((sum, { name, value }) => sum + name.length + value.length, 0)
  const original = (raw.key?.length ?? 0) + (raw.value?.length ?? 0) + inHeaders
  const bare = { ...raw, key: null, value: null, headers: [] }
  const told = `${words} (its ${original} bytes are left out here; they stay where it was read)`
  const short = letterOf(codec, refuser, where, bare, { reason, message: told })
  return { ...short, headers: { ...short.headers, [bytesLeftOut]: String(original) } }
}

const noBytes = Buffer.alloc(0)

function letterOf(
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
    key: raw.key ?? noBytes,
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
