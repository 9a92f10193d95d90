import type { RecordCodec } from '../../avro/codec.ts'
import type { Log, OutgoingRecord } from '../../streams/port.ts'
import { dataOf } from './read-log.ts'

/** A finished backfill, as `run.avsc` has it; times in UTC epoch milliseconds. */
export type Run = {
  readonly run_id: string
  readonly symbol: string
  readonly base_run_id: string
  readonly from_ts: number
  readonly to_ts: number
  readonly tape_end_offset: number
  readonly state_end_offset: number
  readonly corrected_bars: number
  readonly rows: Readonly<Record<string, number>>
  readonly release: string
  readonly finished_at: number
  readonly adopted_at: number | null
}

/** The topic of runs; a run is on the partition of its symbol. */
export const RUNS = 'runs'

/** What the log says last of a run; undefined when it was never finished. */
export async function findRun(
  log: Log,
  codec: RecordCodec,
  partition: number,
  runId: string,
): Promise<Run | undefined> {
  const said = await dataOf(log, codec, { topic: RUNS, partition })
  return said.findLast(({ value }) => value.run_id === runId)?.value as Run | undefined
}

/** The record of a run; `at`: the time to stamp it with. */
export function runRecord(codec: RecordCodec, partition: number, run: Run, at: number): OutgoingRecord {
  const rows = Object.fromEntries(Object.entries(run.rows).sort(([a], [b]) => (a < b ? -1 : 1)))
  return {
    topic: RUNS,
    partition,
    key: Buffer.from(run.symbol, 'utf8'),
    value: codec.encode(RUNS, 'barline.runs.Run', { ...run, rows }),
    timestamp: at,
    headers: {},
  }
}
