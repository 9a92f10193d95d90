import type { RecordCodec } from '../../avro/codec.ts'
import type { DataRecord, InputRecord } from '../../processors/processor.ts'
import { decodeInput } from '../../streams/input-record.ts'
import { type Log, type LogRecord, partitionKey, type TopicPartition } from '../../streams/port.ts'
import { readPartition } from '../../streams/stretch.ts'

/** Part of a partition: to before `end` (default: its end now), and of that what `wants` says before it is decoded. */
export type Part = { readonly end?: number; readonly wants?: (record: LogRecord) => boolean }

/** The readable records of a partition from the oldest on, a batch at a time. */
export async function* readAll(
  log: Log,
  codec: RecordCodec,
  where: TopicPartition,
  { end, wants = () => true }: Part = {},
): AsyncGenerator<readonly InputRecord[]> {
  for await (const records of readPartition(log, where, { end })) {
    const batch: InputRecord[] = []
    for (const raw of records) {
      if (!wants(raw)) continue
      const { input } = await decodeInput(codec, where, raw)
      if (input !== undefined) batch.push(input)
    }
    if (batch.length > 0) yield batch
  }
}

/** All data records of a partition. */
export async function dataOf(log: Log, codec: RecordCodec, where: TopicPartition, part?: Part): Promise<DataRecord[]> {
  const records: DataRecord[] = []
  for await (const batch of readAll(log, codec, where, part)) {
    for (const record of batch) if (record.kind === 'data') records.push(record)
  }
  return records
}

/** Whether a record is of a key. */
export function isOfKey(key: string): (record: LogRecord) => boolean {
  const bytes = Buffer.from(key, 'utf8')
  return (record) => record.key?.equals(bytes) === true
}

/** Offset behind the last record of a partition. */
export async function endOf(log: Log, where: TopicPartition): Promise<number> {
  return (await log.bounds([where])).get(partitionKey(where))?.end ?? 0
}
