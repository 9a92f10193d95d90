import type { RecordCodec } from '../../avro/codec.ts'
import { type DigestedParts, digestedParts } from '../../streams/digest.ts'
import { isMarkerRecord } from '../../streams/marker-record.ts'
import type { Log, LogRecord, TopicPartition } from '../../streams/port.ts'
import { readPartition } from '../../streams/stretch.ts'
import { fingerprinter } from '../digest.ts'

/** A data record as it lies in the log. `ordinal`: its place among the data records of its partition. */
export type PlacedRecord = { readonly ordinal: number; readonly raw: LogRecord; readonly parts: DigestedParts }

/** Part of a partition of a log: offsets from `start` to before `end`, and of these the records that are wanted. */
export type Stretch = {
  readonly log: Log
  readonly start: number
  readonly end: number
  readonly wants: (record: LogRecord) => boolean
}

/** The data records of a stretch in order, batch by batch; markers are passed over. */
export async function* dataRecords(
  codec: RecordCodec,
  where: TopicPartition,
  { log, start, end, wants }: Stretch,
): AsyncGenerator<PlacedRecord[]> {
  const fingerprintOf = fingerprinter(codec)
  let ordinal = 0
  for await (const records of readPartition(log, where, { start, end })) {
    const batch: PlacedRecord[] = []
    for (const raw of records) {
      if (isMarkerRecord(raw)) continue
      const place = ordinal
      ordinal += 1
      if (!wants(raw)) continue
      batch.push({ ordinal: place, raw, parts: digestedParts(raw, await fingerprintOf(where.topic, raw.value)) })
    }
    if (batch.length > 0) yield batch
  }
}
