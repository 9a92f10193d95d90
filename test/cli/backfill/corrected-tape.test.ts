import { describe, expect, test } from '@jest/globals'
import { createCorrectedTape } from '../../../cli/backfill/corrected-tape.ts'
import type { TapeBar } from '../../../processors/ingest/tape-record.ts'
import type { DataRecord, InputRecord } from '../../../processors/processor.ts'

const graceMs = 5
const place = { topic: 'tape', partition: 0, offset: 0 }

const bar = (ts: number, close = ts, given: Partial<TapeBar> = {}): TapeBar => ({
  symbol: 'AAA',
  timeframe: '1m',
  ts,
  ts_open: ts - 10,
  known_at: ts,
  raw_known_at: ts,
  open: 1,
  high: 1_000,
  low: 1,
  close,
  volume: 1,
  source_offset: ts,
  ...given,
})
const onTape = (value: TapeBar): DataRecord => {
  const recordName = 'barline.tape.TapeBar'
  return { kind: 'data', ...place, timestamp: value.ts, key: value.symbol, recordName, value, headers: {} }
}
const side = (recordName: string, key: string, knownAt: number): DataRecord => {
  const value = { symbol: key, known_at: knownAt, ts: knownAt }
  return {
    kind: 'data',
    ...place,
    timestamp: knownAt,
    key,
    recordName: `barline.tape.${recordName}`,
    value,
    headers: {},
  }
}
const marker = (ts: number): InputRecord => ({
  kind: 'marker',
  ...place,
  timestamp: ts,
  marker: { kind: 'clock', ts, known_at: ts },
})

/** The corrected tape in short: bars as close time, close and known_at; the rest by what it is. */
function corrected(tape: readonly InputRecord[], bars: readonly TapeBar[], replaced: readonly string[] = []): string[] {
  const fold = createCorrectedTape({ symbol: 'AAA', partition: 0, bars, replaced: new Set(replaced), graceMs })
  return [...tape.flatMap((record) => fold.take(record)), ...fold.finish()].map((record) => {
    if (record.kind === 'marker') return `marker ${record.marker.ts}`
    const { ts, close, known_at, timeframe } = record.value
    if (!record.recordName.endsWith('TapeBar')) return `${record.recordName.slice(13)} ${record.key} ${known_at}`
    return `${timeframe} ${ts}: ${close} @${known_at}`
  })
}

describe('the corrected tape', () => {
  test('without corrections is what concerns the symbol, as it is', () => {
    const tape = [
      side('TapeEvent', '*', 1),
      side('TapeMacro', 'CPI', 2),
      side('TapeEvent', 'BBB', 3),
      onTape(bar(10)),
      onTape(bar(10, 10, { symbol: 'BBB' })),
      marker(16),
    ]
    expect(corrected(tape, [])).toEqual(['TapeEvent * 1', 'TapeMacro CPI 2', '1m 10: 10 @10', 'marker 16'])
  })

  test('has a bar replaced where it stands, and no later bar known before the correction was', () => {
    const tape = [10, 20, 30, 40].map((ts) => onTape(bar(ts)))
    const correction = bar(20, 7, { known_at: 35 })
    expect(corrected(tape, [correction], ['1m@20'])).toEqual([
      '1m 10: 10 @10',
      '1m 20: 7 @35',
      '1m 30: 30 @35',
      '1m 40: 40 @40',
    ])
  })

  test('leaves side inputs known since when they were: that decides the bar on which they act', () => {
    const tape = [onTape(bar(10)), side('TapeEvent', 'AAA', 12), onTape(bar(20))]
    expect(corrected(tape, [bar(10, 7, { known_at: 99 })], ['1m@10'])).toEqual([
      '1m 10: 7 @99',
      'TapeEvent AAA 12',
      '1m 20: 20 @99',
    ])
  })

  test('has a bar added behind side inputs, before the first later bar or the marker that says it is over', () => {
    const addition = bar(20, 7, { known_at: 99 })
    const early = [onTape(bar(10)), side('TapeEvent', 'AAA', 12), onTape(bar(30)), marker(36)]
    expect(corrected(early, [addition]).slice(1, 3)).toEqual(['TapeEvent AAA 12', '1m 20: 7 @99'])
    const silent = [onTape(bar(10)), marker(25), marker(26), onTape(bar(30))]
    expect(corrected(silent, [addition]).slice(1, 4)).toEqual(['marker 25', '1m 20: 7 @99', 'marker 26'])
    expect(corrected([onTape(bar(10))], [addition])).toEqual(['1m 10: 10 @10', '1m 20: 7 @99'])
  })

  test('has a longer bar added before the shorter one of the same close, which would build it', () => {
    const addition = bar(20, 7, { timeframe: '1h' })
    expect(corrected([onTape(bar(10)), onTape(bar(20))], [addition])).toEqual([
      '1m 10: 10 @10',
      '1h 20: 7 @20',
      '1m 20: 20 @20',
    ])
  })
})
