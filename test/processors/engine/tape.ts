import type { Timeframe } from '../../../catalog/timeframe.ts'
import type { DataRecord, MarkerRecord } from '../../../processors/processor.ts'
import { clock, data } from '../ingest/driver.ts'

const LENGTH_MS: Readonly<Record<Timeframe, number>> = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '1d': 86_400_000,
  '1w': 604_800_000,
}

/** A bar on the tape closing at `ts`, as long as its timeframe (default: a day). */
export function tapeBar(ts: number, value: Readonly<Record<string, unknown>> = {}): DataRecord {
  const timeframe = (value.timeframe ?? '1d') as Timeframe
  const sound = {
    symbol: 'AAA',
    timeframe,
    ts,
    ts_open: ts - LENGTH_MS[timeframe],
    known_at: ts,
    raw_known_at: ts,
    open: 10,
    high: 12,
    low: 9,
    close: 11,
    volume: 100,
    source_offset: ts,
  }
  return data({ topic: 'tape', recordName: 'barline.tape.TapeBar', value: { ...sound, ...value } })
}

/** A split on the tape that takes effect at `ts` and is known at `knownAt`. */
export function tapeSplit(
  ts: number,
  knownAt: number,
  factor = 2,
  more: Readonly<Record<string, unknown>> = {},
): DataRecord {
  const split = { symbol: 'AAA', event_type: 'split', ts, known_at: knownAt, raw_known_at: knownAt, value: factor }
  const value = { ...split, detail: null, source_offset: ts, ...more }
  return data({ topic: 'tape', recordName: 'barline.tape.TapeEvent', value })
}

/** A clock marker on the tape. */
export function tapeMarker(ts: number, knownAt = ts): MarkerRecord {
  return clock(ts, { topic: 'tape' }, knownAt)
}
