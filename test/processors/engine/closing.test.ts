import { describe, expect, test } from '@jest/globals'
import type { InputRecord } from '../../../processors/processor.ts'
import { appliedAll, data } from '../ingest/driver.ts'
import { DAY, HOUR, MINUTE, START } from './fold-cases.ts'
import { day, engine, rowsOf } from './rows.ts'
import { tapeBar, tapeMarker } from './tape.ts'

describe('timeframes', () => {
  const hourly = (from: number, count: number, value: Readonly<Record<string, unknown>> = {}) =>
    Array.from({ length: count }, (_, hour) => tapeBar(from + (hour + 1) * HOUR, { timeframe: '1h', ...value }))

  test('that end together come in the order in which they read each other', () => {
    const rows = rowsOf(hourly(START, 7 * 24)).slice(-3)
    expect(rows.map((row) => [row.timeframe, row.ts, row.rows_left, row.others__day])).toEqual([
      ['1d', day(7), 2, null],
      ['1h', day(7), 1, 11],
      ['1w', day(7), 0, null],
    ])
  })

  test('that end together form a group only if the same record closes them', () => {
    const counts = (records: readonly InputRecord[]) => rowsOf(records).map((row) => [row.timeframe, row.rows_left])
    const last = hourly(START, 24).slice(-1)
    expect(counts(hourly(START, 24)).slice(-3)).toEqual([
      ['1h', 0],
      ['1d', 1],
      ['1h', 0],
    ])
    // A ready-made day came before, so that the second one waits until it is known to be over.
    expect(counts([tapeBar(START), ...hourly(START, 24), tapeMarker(day(2))]).slice(-2)).toEqual([
      ['1h', 0],
      ['1d', 0],
    ])
    expect(counts([...last, tapeBar(day(1))])).toEqual([
      ['1h', 0],
      ['1d', 0],
    ])
  })

  test('that come ready-made are used if they come before the shorter bar that would complete them', () => {
    const readyMade = (at: number) => tapeBar(day(at), { volume: 7 })
    const records = [1, 2].flatMap((at) => [...hourly(day(at - 1), 23), readyMade(at), ...hourly(day(at) - HOUR, 1)])
    const emissions = appliedAll(engine(), records)
    expect(emissions.map(({ kind }) => kind).filter((kind) => kind !== 'record')).toEqual([])
    const days = rowsOf(records).filter((row) => row.timeframe === '1d')
    expect(days.map((row) => [row.ts, row.volume])).toEqual([
      [day(1), 7],
      [day(2), 7],
    ])
  })

  test('that one marker closes form a group for each symbol, one behind the other', () => {
    const quarter = (symbol: string) =>
      tapeBar(day(1) - 15 * MINUTE, { symbol, timeframe: '15m', known_at: day(1) - 15 * MINUTE })
    const early = (symbol: string) => tapeBar(START + 15 * MINUTE, { symbol, timeframe: '15m' })
    const symbols = ['CCC', 'AAA', 'BBB']
    const records = [...symbols.map(early), ...symbols.map(quarter), tapeMarker(day(1) + MINUTE + 1)]
    const rows = rowsOf(records).slice(-6)
    expect(rows.map((row) => [row.symbol, row.timeframe, row.ts, row.rows_left])).toEqual(
      ['AAA', 'BBB', 'CCC'].flatMap((symbol) => [
        [symbol, '1d', day(1), 1],
        [symbol, '1h', day(1), 0],
      ]),
    )
  })

  test('give each other their newest closed values, never those of an open bucket', () => {
    const quarters = Array.from({ length: 26 * 4 }, (_, at) =>
      tapeBar(START + (at + 1) * 15 * MINUTE, { timeframe: '15m', close: 10 + (at % 8) / 4 }),
    )
    const hours = rowsOf(quarters).filter((row) => row.timeframe === '1h')
    expect(hours.map((row) => row.others__quarter)).toEqual(hours.map((row) => row.close))
    expect(hours.map((row) => row.others__day)).toEqual([...Array(23).fill(null), 11.75, 11.75, 11.75])
  })

  test('see the values of their own time when they are closed late', () => {
    const quarters = [1, 2, 3].map((at) => tapeBar(START + at * 15 * MINUTE, { timeframe: '15m', close: 9.5 }))
    const days = [tapeBar(day(0), { close: 12 }), ...quarters, tapeBar(day(1), { close: 10 })]
    const hour = rowsOf([...days, tapeMarker(day(2))]).find((row) => row.timeframe === '1h')
    expect(hour).toMatchObject({ ts: START + HOUR, others__day: 12, others__quarter: 9.5 })
  })

  test('are closed by a marker, before it, known when the marker was', () => {
    const emissions = appliedAll(engine(), [...hourly(START, 23), tapeMarker(day(1) + MINUTE + 1, day(1) + HOUR)])
    expect(emissions.slice(-2)).toMatchObject([
      { kind: 'record', output: { value: { timeframe: '1d', ts: day(1), known_at: day(1) + HOUR, volume: 2300 } } },
      { kind: 'marker' },
    ])
  })

  test('that one marker closes come by time, so that none waits behind a later one of another symbol', () => {
    const at = (symbol: string, quarter: number) => tapeBar(START + quarter * 15 * MINUTE, { symbol, timeframe: '15m' })
    const rows = rowsOf([at('BBB', 1), at('AAA', 1), at('AAA', 5), at('BBB', 5), tapeMarker(day(9))])
    expect(rows.slice(6).map((row) => [row.symbol, row.timeframe, (Number(row.ts) - START) / HOUR])).toEqual([
      ['AAA', '1h', 2],
      ['BBB', '1h', 2],
      ['AAA', '1d', 24],
      ['BBB', '1d', 24],
      ['AAA', '1w', 168],
      ['BBB', '1w', 168],
    ])
  })

  test('have the place of their bars in the session', () => {
    const open = Date.parse('2024-07-03T13:30Z')
    const bars = [1, 2, 4].map((hour) =>
      tapeBar(open + Math.min(hour, 3.5) * HOUR, { symbol: 'N', timeframe: '1h', ts_open: open + (hour - 1) * HOUR }),
    )
    const rows = rowsOf(bars)
    expect(rows.map((row) => [row.timeframe, row.place__bar])).toEqual([
      ['1h', 0],
      ['1h', 1],
      ['1d', 0],
      ['1h', 3],
    ])
    expect(new Set(rows.map((row) => row.place__ordinal)).size).toBe(1)
  })

  test('see what is known from outside at their close', () => {
    const report = {
      symbol: 'AAA',
      item: 'eps_ttm',
      period_end: START - 90 * DAY,
      ts: START + 90 * MINUTE,
      known_at: START + 90 * MINUTE,
      raw_known_at: START + 90 * MINUTE,
      value: 5,
      unit: null,
      source: null,
      source_offset: 0,
    }
    const known = data({ topic: 'tape', recordName: 'barline.tape.TapeFundamental', value: report })
    const rows = rowsOf([...hourly(START, 1), known, ...hourly(START + HOUR, 2)])
    expect(rows.map((row) => row.earnings__value)).toEqual([null, 5, 5])
  })
})
