import type { RecordCodec } from '../../avro/codec.ts'
import type { BarrierGrid } from '../../catalog/barrier-grid.ts'
import { MARKET_STATE } from '../../processors/breadth/state-record.ts'
import { TAPE } from '../../processors/ingest/tape-record.ts'
import { isMarkerRecord } from '../../streams/marker-record.ts'
import { type Log, partitionKey, type TopicPartition } from '../../streams/port.ts'
import { topicById } from '../../topics/topics.ts'
import { dataOf, readAll } from '../backfill/read-log.ts'

/** What cuts are found with. */
export type CutContext = {
  readonly log: Log
  readonly codec: RecordCodec
  readonly partitions: number
  readonly grid: BarrierGrid
}

/**
 * The clock markers that are on the tape of every partition before `ends`, by topic[partition], oldest first. What a processor has written when it has read a marker
 * on every partition is a function of the tape up to there: these are the places where the chain can be cut.
 */
export async function commonMarkers(
  { log, codec, partitions }: CutContext,
  ends: Readonly<Record<string, number>> = {},
): Promise<number[]> {
  let common: number[] | undefined
  for (let partition = 0; partition < partitions; partition += 1) {
    const where = { topic: TAPE, partition }
    const end = ends[partitionKey(where)] ?? Number.POSITIVE_INFINITY
    const markers = await markersOf(log, codec, where)
    const here = new Set(markers.flatMap(({ ts, behind }) => (behind <= end ? [ts] : [])))
    common = common?.filter((ts) => here.has(ts)) ?? [...here]
  }
  return common ?? []
}

/**
 * Offset behind what a partition of the chain holds once every processor has read the tape up to clock marker `ts`; undefined
 * when it is not there yet.
 */
export async function offsetBehind(
  { log, codec, grid }: CutContext,
  where: TopicPartition,
  ts: number,
): Promise<number | undefined> {
  const { records } = topicById(where.topic)
  const closedUpTo = grid.newestBefore(ts - grid.graceMs)
  if (!records.some(({ name }) => name === 'barline.Marker')) {
    // A topic without markers is written barrier by barrier.
    const rows = await dataOf(log, codec, where)
    const first = rows.find((row) => closedUpTo === undefined || row.timestamp > closedUpTo)
    return first?.offset ?? (rows.at(-1)?.offset ?? -1) + 1
  }
  const wanted = where.topic === MARKET_STATE ? closedUpTo : ts
  if (wanted === undefined) return 0
  return (await markersOf(log, codec, where)).find((marker) => marker.ts >= wanted)?.behind
}

async function markersOf(
  log: Log,
  codec: RecordCodec,
  where: TopicPartition,
): Promise<{ readonly ts: number; readonly behind: number }[]> {
  const markers: { readonly ts: number; readonly behind: number }[] = []
  for await (const batch of readAll(log, codec, where, { wants: isMarkerRecord })) {
    for (const record of batch)
      if (record.kind === 'marker') markers.push({ ts: record.marker.ts, behind: record.offset + 1 })
  }
  return markers
}
