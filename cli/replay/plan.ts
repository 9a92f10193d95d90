import type { DecodedInput } from '../../streams/input-record.ts'
import { partitionKey, type TopicPartition } from '../../streams/port.ts'
import { isHistory } from '../../topics/replay-topics.ts'
import { concerns } from '../backfill/corrected-tape.ts'
import type { Config } from '../config.ts'
import { type CutContext, commonMarkers, offsetBehind } from './cuts.ts'
import { type ReplayShape, replayShape, topicsOfShape } from './definitions.ts'
import type { FeedPart } from './feed.ts'
import { replayConfig } from './place.ts'
import { ReplayRefusedError } from './replay-error.ts'
import type { Replay } from './replays.ts'

/** What decides the records of a replay beside the log. Times in UTC epoch milliseconds. */
export type ReplayRequest = {
  readonly name: string
  readonly fromTs: number | null
  readonly toTs: number | null
  readonly symbols: readonly string[]
  /** Whether its rows are stored in ClickHouse. */
  readonly hasTables: boolean
}

/** What a plan is made with. */
export type PlanContext = CutContext & { readonly config: Config }

/**
 * Lays down what a replay is made of, before it begins. Its bounds are clock markers, since only there the chain can be cut: the newest
 * that is over before `fromTs`, and the first by which all of `toTs` is over. Throws `ReplayRefusedError` when there is nothing in them.
 */
export async function planReplay(
  context: PlanContext,
  request: ReplayRequest,
  stamp: Pick<Replay, 'release' | 'changed_at'>,
): Promise<Replay> {
  const { config, grid } = context
  const { name, fromTs, toTs, symbols } = request
  const { topicPrefix, clickhouse } = replayConfig(config, name)
  const isSubset = symbols.length > 0
  const shape = replayShape({ isSubset, hasTables: request.hasTables })
  const markers = fromTs !== null || toTs !== null || isSubset ? await commonMarkers(context) : []
  const from = fromTs === null ? undefined : markers.findLast((ts) => ts + grid.graceMs < fromTs)
  const wanted = toTs === null ? undefined : markers.find((ts) => ts > toTs + grid.graceMs)
  const to = wanted ?? (isSubset ? markers.at(-1) : undefined)
  const processors = shape.processors.map((processor) => processor.name)
  const starts = from === undefined ? {} : await startOffsets(context, shape, from)
  const ends = await endOffsets(context, shape, to)
  const length = Object.entries(ends).reduce((sum, [key, end]) => sum + end - (starts[key] ?? 0), 0)
  if (length <= 0) {
    const when = from === undefined ? '' : ` behind ${new Date(from).toISOString()}`
    throw new ReplayRefusedError(`There is nothing on the tape${when} to replay: is it loaded, and has ingest run?`)
  }
  return {
    name,
    topic_prefix: topicPrefix,
    database: clickhouse.database,
    base_run_id: config.runId,
    asked_from_ts: fromTs,
    asked_to_ts: toTs,
    from_ts: from ?? null,
    to_ts: to ?? null,
    symbols: [...symbols].sort(),
    processors,
    start_offsets: starts,
    end_offsets: ends,
    state: 'begun',
    ...stamp,
  }
}

/** Where a replay that begins behind a clock marker begins in each topic that its processors read or restore from. */
async function startOffsets(context: PlanContext, shape: ReplayShape, from: number): Promise<Record<string, number>> {
  const { log, partitions } = context
  const starts: Record<string, number> = {}
  for (const { id } of topicsOfShape(shape).filter(isHistory)) {
    const all = partitionsOf(id, partitions)
    const bounds = await log.bounds(all)
    for (const where of all) {
      const key = partitionKey(where)
      // Dead letters before the start say what the processors gave up there; they are folded as they were.
      const start = id.startsWith('dead-letters.') ? bounds.get(key)?.end : await offsetBehind(context, where, from)
      if (start === undefined) throw notThere(where.topic, from)
      starts[key] = start
    }
  }
  return starts
}

/** Where a replay ends in the topics that it is fed from: behind a clock marker, or where they end now. */
async function endOffsets(
  context: PlanContext,
  { fed }: ReplayShape,
  to: number | undefined,
): Promise<Record<string, number>> {
  const all = fed.flatMap((topic) => partitionsOf(topic, context.partitions))
  if (to === undefined)
    return Object.fromEntries([...(await context.log.bounds(all))].map(([key, { end }]) => [key, end]))
  const ends: Record<string, number> = {}
  for (const where of all) {
    const end = await offsetBehind(context, where, to)
    if (end === undefined) throw notThere(where.topic, to)
    ends[partitionKey(where)] = end
  }
  return ends
}

function partitionsOf(topic: string, partitions: number): TopicPartition[] {
  return Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
}

function notThere(topic: string, ts: number): ReplayRefusedError {
  return new ReplayRefusedError(
    `${topic} has not come to the clock marker ${new Date(ts).toISOString()} yet: wait until the chain has caught up`,
  )
}

/** The shape of a replay that was planned. Throws `ReplayRefusedError` when this build runs other processors. */
export function shapeOf({ name, symbols, processors }: Replay): ReplayShape {
  const shape = replayShape({ isSubset: symbols.length > 0, hasTables: processors.includes('sink') })
  const here = shape.processors.map((processor) => processor.name)
  if (here.join() === processors.join()) return shape
  throw new ReplayRefusedError(
    `The replay ${name} runs ${processors.join(', ')}, this build ${here.join(', ')}: delete it with --clean, or take another name`,
  )
}

/** The parts of the installation that a replay is fed with. */
export function feedParts(shape: ReplayShape, { end_offsets: ends, start_offsets: starts }: Replay): FeedPart[] {
  return shape.fed.flatMap((topic) =>
    Object.keys(ends).flatMap((key) => {
      const partition = Number(/\[(\d+)\]$/.exec(key)?.[1] ?? -1)
      if (key !== partitionKey({ topic, partition })) return []
      return [{ topic, partition, start: starts[key] ?? 0, end: ends[key] ?? 0 }]
    }),
  )
}

/** Which records are of a replay: all, or those of its symbols, of the whole market, and the markers. */
export function wantedBy({ symbols }: Pick<Replay, 'symbols'>): (record: DecodedInput) => boolean {
  if (symbols.length === 0) return () => true
  return ({ input }) =>
    input !== undefined && (input.kind === 'marker' || symbols.some((symbol) => concerns(input, symbol)))
}
