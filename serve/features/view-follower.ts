import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordCodec } from '../../avro/codec.ts'
import type { ResolvedView } from '../../catalog/views.ts'
import { giveUp } from '../../streams/give-up.ts'
import { decodeInput } from '../../streams/input-record.ts'
import { type Fetched, type Log, type LogReader, type Position, partitionKey } from '../../streams/port.ts'
import { topicById } from '../../topics/topics.ts'
import type { OnlineView } from './online-view.ts'
import { createRowReader, type RowReader } from './served-row.ts'

/** Full name of the record of a finished or adopted backfill. */
const RUN = 'barline.runs.Run'
const WAIT_MS = 100
const RETRY_MS = 1_000

/** A view and where to read its topic from, by partition. */
export type FollowedView = {
  readonly view: ResolvedView
  readonly online: OnlineView
  readonly from: readonly number[]
}

/** How the reading goes. */
export type FollowerStatus = {
  /** Records (and control records) not read yet, when last looked. */
  readonly lag: number
  /** Why the log could not be read the last time; undefined = it could. */
  readonly failure: string | undefined
  /** When the log was last read, UTC epoch milliseconds; undefined = not yet. */
  readonly readAt?: number | undefined
}

/** Keeps views up with their topics until it is closed. */
export type ViewFollower = {
  status(): FollowerStatus
  /** Resolves when all that was there at the start has been read. */
  readonly caughtUp: Promise<void>
  close(): Promise<void>
}

/** What a follower works on. */
export type FollowerOptions = {
  readonly log: Log
  readonly codec: RecordCodec
  readonly partitions: number
  readonly views: readonly FollowedView[]
}

type Source = { readonly online: OnlineView | undefined; readonly readRow: RowReader | undefined }

/**
 * Follows the topics of the views, and the runs that are adopted. When the log cannot be read it tries again, and says so in
 * its status; the views then stand still, which their clocks show.
 */
export async function followViews({ log, codec, partitions, views }: FollowerOptions): Promise<ViewFollower> {
  const runs = topicById('runs').id
  const sources = new Map<string, Source>([[runs, { online: undefined, readRow: undefined }]])
  const starts: { topic: string; partition: number; offset: number }[] = []
  for (const { view, online, from } of views) {
    sources.set(view.topic, { online, readRow: createRowReader(view) })
    for (const [partition, offset] of from.entries()) starts.push({ topic: view.topic, partition, offset })
  }
  const all = [...sources.keys()].flatMap((topic) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
  )
  const bounds = await log.bounds(all)
  let positions: Position[] = all.map(({ topic, partition }) => {
    const wanted = starts.find((each) => each.topic === topic && each.partition === partition)?.offset ?? 0
    return { topic, partition, offset: Math.max(wanted, bounds.get(partitionKey({ topic, partition }))?.start ?? 0) }
  })
  const ends = new Map([...bounds].map(([key, { end }]) => [key, end]))
  let status: FollowerStatus = { lag: Number.POSITIVE_INFINITY, failure: undefined }
  let isClosed = false
  let whenCaughtUp = () => {}
  const caughtUp = new Promise<void>((resolve) => {
    whenCaughtUp = resolve
  })

  const take = async ({ topic, partition, records }: Fetched): Promise<void> => {
    const source = sources.get(topic)
    for (const raw of records) {
      const { input } = await decodeInput(codec, { topic, partition }, raw)
      // What does not decode is no row; the sink makes a dead letter of it.
      if (input === undefined) continue
      if (input.kind === 'marker') {
        if (input.marker.kind === 'clock') source?.online?.takeMarker(partition, input.marker)
      } else if (source?.online !== undefined && source.readRow !== undefined) {
        source.online.takeRow(source.readRow(input))
      } else if (input.recordName === RUN && typeof input.value.adopted_at === 'number') {
        for (const { online } of views) online.correctedUntil(input.key, Number(input.value.to_ts))
      }
    }
  }

  const step = async (reader: LogReader): Promise<void> => {
    const fetched = await reader.fetch(positions, WAIT_MS)
    let lag = 0
    for (const each of fetched) {
      await take(each)
      lag += Math.max(0, each.stableOffset - each.nextOffset)
    }
    positions = fetched.map(({ topic, partition, nextOffset }) => ({ topic, partition, offset: nextOffset }))
    status = { lag, failure: undefined, readAt: Date.now() }
    if (positions.every((position) => position.offset >= (ends.get(partitionKey(position)) ?? 0))) whenCaughtUp()
  }

  const run = async (): Promise<void> => {
    let reader: LogReader | undefined
    while (!isClosed) {
      try {
        reader ??= await log.reader()
        await step(reader)
      } catch (error) {
        status = { ...status, failure: error instanceof Error ? error.message : String(error) }
        // The reader is given up for the error above, which the status names; what its end says adds nothing.
        if (reader) await giveUp(reader)
        reader = undefined
        if (!isClosed) await sleep(RETRY_MS)
      }
    }
    await reader?.close()
  }

  const running = run()
  return {
    status: () => status,
    caughtUp,
    async close() {
      isClosed = true
      await running
    },
  }
}
