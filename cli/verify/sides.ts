import type { Log, LogRecord, TopicPartition } from '../../streams/port.ts'
import { partitionKey } from '../../streams/port.ts'
import { type CutContext, commonMarkers, offsetBehind } from '../replay/cuts.ts'
import type { Replay } from '../replay/replays.ts'
import type { PartitionSides } from './compare-topics.ts'

/** The rows that a comparison is restricted to; UTC epoch milliseconds, both included. */
export type TimeRange = { readonly fromTs: number | null; readonly toTs: number | null }

/** Whether a record is of a range of time, by its timestamp: the `ts` of a derived record. */
export function isWithin({ fromTs, toTs }: TimeRange): (record: LogRecord) => boolean {
  return ({ timestamp }) => (fromTs === null || timestamp >= fromTs) && (toTs === null || timestamp <= toTs)
}

/**
 * What of each partition of a topic a replay has to give again. A replay that ends behind a clock marker has to give what stands before
 * it; one that goes to the end of the tape everything, or, when the tape has grown since, at least what stands before the last marker
 * that it was fed.
 */
export async function sidesOf(
  context: CutContext,
  own: Log,
  replay: Replay,
  topic: string,
  range: TimeRange,
): Promise<PartitionSides[]> {
  const { log, partitions } = context
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const [bounds, ownBounds] = [await log.bounds(all), await own.bounds(all)]
  const lastMarker = (await hasGrown(log, replay))
    ? (await commonMarkers(context, replay.end_offsets)).at(-1)
    : undefined
  const isOfReplay = wanted(replay, range)
  const sides: PartitionSides[] = []
  for (const where of all) {
    const key = partitionKey(where)
    const { start, end } = bounds.get(key) ?? { start: 0, end: 0 }
    const stop = replay.to_ts === null ? undefined : await offsetBehind(context, where, replay.to_ts)
    const due = lastMarker === undefined ? undefined : await offsetBehind(context, where, lastMarker)
    sides.push({
      where,
      live: { log, start: replay.start_offsets[key] ?? start, end: stop ?? end, wants: isOfReplay },
      replayed: { log: own, start: 0, end: ownBounds.get(key)?.end ?? 0, wants: isWithin(range) },
      due: stop ?? due ?? end,
    })
  }
  return sides
}

/** Whether the tape goes on behind the end of a replay. */
async function hasGrown(log: Log, { to_ts: to, end_offsets: ends }: Replay): Promise<boolean> {
  if (to !== null) return false
  const fed = Object.keys(ends).map(partitionOfKey)
  const now = await log.bounds(fed)
  return fed.some((where) => (now.get(partitionKey(where))?.end ?? 0) > (ends[partitionKey(where)] ?? 0))
}

function partitionOfKey(key: string): TopicPartition {
  const match = /^(.+)\[(\d+)\]$/.exec(key)
  return { topic: match?.[1] ?? key, partition: Number(match?.[2] ?? 0) }
}

function wanted({ symbols }: Replay, range: TimeRange): (record: LogRecord) => boolean {
  const isInRange = isWithin(range)
  if (symbols.length === 0) return isInRange
  const keys = symbols.map((symbol) => Buffer.from(symbol, 'utf8'))
  return (record) => isInRange(record) && keys.some((key) => record.key?.equals(key) === true)
}
