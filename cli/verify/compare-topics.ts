import type { RecordCodec } from '../../avro/codec.ts'
import { combinedDigest, PartitionDigest } from '../../streams/digest.ts'
import type { TopicPartition } from '../../streams/port.ts'
import { dataRecords, type PlacedRecord, type Stretch } from './data-records.ts'
import { type Difference, fieldsOf, isEqual, type SideRecord, sideRecord } from './difference.ts'

/** How a topic of a replay compares with that of the installation. Counts are of data records. */
export type TopicComparison = {
  readonly topic: string
  readonly live: number
  readonly replayed: number
  readonly equal: number
  readonly differing: number
  /** Records at the end of the live topic that were made of what came onto the tape after the replay's end. */
  readonly later: number
  readonly liveDigest: string
  readonly replayDigest: string
  readonly first: Difference | undefined
}

/**
 * The two stretches of a partition. `due`: live records from this offset on may be of what came after the replay's end: there the replay
 * may end before them.
 */
export type PartitionSides = {
  readonly where: TopicPartition
  readonly live: Stretch
  readonly replayed: Stretch
  readonly due: number
}

type Counts = { live: number; replayed: number; equal: number; differing: number; later: number }

/** Compares the records of a topic in order, byte for byte. */
export async function compareTopic(
  codec: RecordCodec,
  topic: string,
  partitions: readonly PartitionSides[],
  onProgress: (records: number) => void = () => {},
): Promise<TopicComparison> {
  const counts: Counts = { live: 0, replayed: 0, equal: 0, differing: 0, later: 0 }
  const digests = { live: [] as Buffer[], replayed: [] as Buffer[] }
  let first: Difference | undefined
  for (const sides of partitions) {
    const part = await comparePartition(codec, sides, counts, onProgress)
    digests.live.push(part.live)
    digests.replayed.push(part.replayed)
    first ??= part.first
  }
  const { live: liveDigest, replayed: replayDigest } = digests
  return { topic, ...counts, liveDigest: combinedDigest(liveDigest), replayDigest: combinedDigest(replayDigest), first }
}

async function comparePartition(
  codec: RecordCodec,
  { where, live, replayed, due }: PartitionSides,
  counts: Counts,
  onProgress: (records: number) => void,
): Promise<{ live: Buffer; replayed: Buffer; first: Difference | undefined }> {
  const [left, right] = [records(codec, where, live), records(codec, where, replayed)]
  const digests = { live: new PartitionDigest(where.partition), replayed: new PartitionDigest(where.partition) }
  let first: Difference | undefined
  try {
    for (;;) {
      const [a, b] = await Promise.all([left.next(), right.next()])
      const [one, other] = [a.done ? undefined : a.value, b.done ? undefined : b.value]
      if (one === undefined && other === undefined) break
      if (other === undefined && one !== undefined && one.raw.offset >= due) {
        counts.later += 1
        continue
      }
      if (one) digests.live.add(one.parts)
      if (other) digests.replayed.add(other.parts)
      if (one) counts.live += 1
      if (other) counts.replayed += 1
      if (one && other && isEqual(one.parts, other.parts)) counts.equal += 1
      else {
        counts.differing += 1
        first ??= await describe(codec, where, one, other)
      }
      onProgress(1)
    }
  } finally {
    await Promise.all([left.return(undefined), right.return(undefined)])
  }
  return { live: digests.live.finish(), replayed: digests.replayed.finish(), first }
}

async function* records(
  codec: RecordCodec,
  where: TopicPartition,
  stretch: Stretch,
): AsyncGenerator<PlacedRecord, undefined> {
  for await (const batch of dataRecords(codec, where, stretch)) yield* batch
  return undefined
}

async function describe(
  codec: RecordCodec,
  where: TopicPartition,
  live: PlacedRecord | undefined,
  replayed: PlacedRecord | undefined,
): Promise<Difference> {
  const decoded = (record: PlacedRecord | undefined): Promise<SideRecord | undefined> | undefined =>
    record && sideRecord(codec, where, record.raw, record.parts)
  const [a, b] = [await decoded(live), await decoded(replayed)]
  const shown = live ?? replayed
  return {
    ...where,
    ordinal: shown?.ordinal ?? 0,
    key: shown?.raw.key?.toString('utf8') ?? '',
    ts: shown?.raw.timestamp ?? 0,
    fields: fieldsOf(a, b),
  }
}
