import type { RecordCodec } from '../../../avro/codec.ts'
import type { OutgoingRecord } from '../../../streams/port.ts'

/** A codec that needs no schema: JSON of the record's name and value. Anything else is refused as NOT_AVRO. */
export function jsonCodec(): RecordCodec {
  return {
    encode: (_topic, recordName, value) => Buffer.from(JSON.stringify({ recordName, value })),
    decode: (_topic, bytes) => {
      try {
        const { recordName, value } = JSON.parse(bytes?.toString('utf8') ?? '', revived)
        return { kind: 'value', recordName, value, fingerprint: recordName }
      } catch (error) {
        return { kind: 'refused', refusal: { reason: 'NOT_AVRO', message: String(error) } }
      }
    },
    learn: async () => undefined,
  }
}

/** JSON has no bytes: what a Buffer was written as becomes one again. */
function revived(_name: string, value: unknown): unknown {
  const isBuffer = typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer'
  return isBuffer && 'data' in value ? Buffer.from(value.data as number[]) : value
}

const codec = jsonCodec()

/** A data record of a test: its number is its event time. */
export function dataRecord(topic: string, partition: number, key: string, ts: number): OutgoingRecord {
  const value = codec.encode(topic, 'test.Number', { key, ts, known_at: ts })
  return { topic, partition, key: Buffer.from(key), value, timestamp: ts, headers: {} }
}

/** A clock marker of a test. */
export function markerRecord(topic: string, partition: number, ts: number): OutgoingRecord {
  const value = codec.encode(topic, 'barline.Marker', { kind: 'clock', ts, known_at: ts })
  return { topic, partition, key: Buffer.alloc(0), value, timestamp: ts, headers: { 'barline.kind': 'marker' } }
}

/** Bytes that no codec can read. */
export function unreadableRecord(topic: string, partition: number, ts: number): OutgoingRecord {
  return {
    topic,
    partition,
    key: Buffer.from('X'),
    value: Buffer.from('?'),
    timestamp: ts,
    headers: { origin: 'test' },
  }
}
