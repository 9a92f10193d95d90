import type { BodyReaders, DecodeResult, RecordCodec } from '../avro/codec.ts'
import type { InputRecord, Marker } from '../processors/processor.ts'
import type { Refusal } from '../processors/refusal.ts'
import type { Header, LogRecord, TopicPartition } from './port.ts'

/** A record of the log with what it decodes to: a record a processor can take, or the reason why it cannot be one. */
export type DecodedInput = {
  readonly where: TopicPartition
  readonly raw: LogRecord
  readonly input: InputRecord | undefined
  readonly refusal: Refusal | undefined
}

const markerRecordName = 'barline.Marker'

function textHeaders(headers: readonly Header[]): Record<string, string> {
  return Object.fromEntries(headers.map(({ name, value }) => [name, value.toString('utf8')]))
}

function toMarker(value: Readonly<Record<string, unknown>>): Marker | undefined {
  const { kind, ts, known_at } = value
  if ((kind !== 'clock' && kind !== 'progress') || typeof ts !== 'number' || typeof known_at !== 'number')
    return undefined
  return { kind, ts, known_at }
}

function toInput(
  where: TopicPartition,
  raw: LogRecord,
  decoded: DecodeResult & { kind: 'value' },
): InputRecord | undefined {
  const place = { topic: where.topic, partition: where.partition, offset: raw.offset, timestamp: raw.timestamp }
  if (decoded.recordName !== markerRecordName) {
    const key = raw.key === null ? '' : raw.key.toString('utf8')
    const { recordName, value } = decoded
    return { kind: 'data', ...place, key, recordName, value, headers: textHeaders(raw.headers) }
  }
  const marker = toMarker(decoded.value)
  return marker && { kind: 'marker', ...place, marker }
}

/** Decodes a record, learning its schema if it is new. Throws only when the registry cannot be asked; bad bytes are refused. */
export async function decodeInput(
  codec: RecordCodec,
  where: TopicPartition,
  raw: LogRecord,
  readers?: BodyReaders,
): Promise<DecodedInput> {
  let decoded = codec.decode(where.topic, raw.value, readers)
  while (decoded.kind === 'unknown-id') {
    await codec.learn(decoded.schemaId)
    decoded = codec.decode(where.topic, raw.value, readers)
  }
  if (decoded.kind === 'refused') return { where, raw, input: undefined, refusal: decoded.refusal }
  const input = toInput(where, raw, decoded)
  if (input) return { where, raw, input, refusal: undefined }
  return {
    where,
    raw,
    input,
    refusal: { reason: 'UNEXPECTED_RECORD', message: 'A marker must have kind clock or progress' },
  }
}
