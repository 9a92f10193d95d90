import type { RecordCodec } from '../../avro/codec.ts'
import type { Log } from '../../streams/port.ts'
import { REPLAYS } from '../../topics/replay-topics.ts'
import { dataOf } from '../backfill/read-log.ts'

/** A replay, as `replay.avsc` has it; times in UTC epoch milliseconds. */
export type Replay = {
  readonly name: string
  readonly topic_prefix: string
  readonly database: string
  readonly base_run_id: string
  readonly asked_from_ts: number | null
  readonly asked_to_ts: number | null
  readonly from_ts: number | null
  readonly to_ts: number | null
  readonly symbols: readonly string[]
  readonly processors: readonly string[]
  readonly start_offsets: Readonly<Record<string, number>>
  readonly end_offsets: Readonly<Record<string, number>>
  readonly state: 'begun' | 'finished' | 'cleaned'
  readonly release: string
  readonly changed_at: number
}

const where = { topic: REPLAYS, partition: 0 }

/** What the log says last of each replay that has not been cleaned away, in the order in which they began. */
export async function listReplays(log: Log, codec: RecordCodec): Promise<Replay[]> {
  const replays = new Map<string, Replay>()
  for (const { value } of await dataOf(log, codec, where)) {
    const replay = value as Replay
    if (replay.state === 'cleaned') replays.delete(replay.name)
    else replays.set(replay.name, replay)
  }
  return [...replays.values()]
}

/** Writes what a replay has come to. */
export async function writeReplay(log: Log, codec: RecordCodec, replay: Replay): Promise<void> {
  const writer = await log.writer(`replay-${replay.name}`)
  const value = { ...replay, start_offsets: sorted(replay.start_offsets), end_offsets: sorted(replay.end_offsets) }
  const record = {
    ...where,
    key: Buffer.from(replay.name, 'utf8'),
    value: codec.encode(REPLAYS, 'barline.runs.Replay', value),
    timestamp: replay.changed_at,
    headers: {},
  }
  try {
    await writer.fence()
    await writer.commit({ records: [record] })
  } finally {
    await writer.close()
  }
}

function sorted(offsets: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(offsets).sort(([a], [b]) => (a < b ? -1 : 1)))
}
