import type { RecordCodec } from '../../avro/codec.ts'
import type { Log, OutgoingRecord } from '../../streams/port.ts'
import { dataOf } from '../backfill/read-log.ts'
import type { Letter } from './letter.ts'

/** The topic that says which letters were replayed. */
export const REPLAYED_LETTERS = 'replayed-letters'

/** When letters were replayed, by id; UTC epoch milliseconds. */
export async function readReplayed(log: Log, codec: RecordCodec): Promise<ReadonlyMap<string, number>> {
  const records = await dataOf(log, codec, { topic: REPLAYED_LETTERS, partition: 0 })
  return new Map(records.map(({ value }) => [String(value.letter), Number(value.replayed_at)]))
}

/** The record that a letter was replayed: its bytes produced to `outcome`, or its row stored. */
export function replayedRecord(
  codec: RecordCodec,
  { id, source }: Letter,
  outcome: 'produced' | 'stored',
  replayedAt: number,
): OutgoingRecord {
  const value = {
    ...{ letter: id, outcome, replayed_at: replayedAt },
    ...{ source_topic: source.topic, source_partition: source.partition, source_offset: source.offset },
  }
  return {
    ...{ topic: REPLAYED_LETTERS, partition: 0, key: Buffer.from(id), timestamp: replayedAt, headers: {} },
    value: codec.encode(REPLAYED_LETTERS, 'barline.letters.ReplayedLetter', value),
  }
}
