import type { RecordCodec } from '../avro/codec.ts'
import type { Marker } from '../processors/processor.ts'
import type { LogRecord, OutgoingRecord, TopicPartition } from './port.ts'

const kindHeader = 'barline.kind'
const emptyKey = Buffer.alloc(0)
const markerHeaders = { [kindHeader]: 'marker' }

/** A marker as it goes onto a topic: empty key, its time as timestamp, and the header that tells it from data. */
export function markerRecord(codec: RecordCodec, { topic, partition }: TopicPartition, marker: Marker): OutgoingRecord {
  return {
    topic,
    partition,
    key: emptyKey,
    value: codec.encode(topic, 'barline.Marker', marker),
    timestamp: marker.ts,
    headers: markerHeaders,
  }
}

/** Whether a record of the log is a marker, by its header: without decoding it. */
export function isMarkerRecord({ headers }: Pick<LogRecord, 'headers'>): boolean {
  return headers.some(({ name, value }) => name === kindHeader && value.toString('utf8') === 'marker')
}
