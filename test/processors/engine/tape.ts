import type { DataRecord, MarkerRecord } from '../../../processors/processor.ts'
import { clock, data } from '../ingest/driver.ts'

/** A bar on the tape closing at `ts`. */
export function tapeBar(ts: number, value: Readonly<Record<string, unknown>> = {}): DataRecord {
  const sound = {
    symbol: 'AAA',
    timeframe: '1d',
    ts,
    ts_open: ts - 10,
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
export function tapeMarker(ts: number): MarkerRecord {
  return clock(ts, { topic: 'tape' })
}
