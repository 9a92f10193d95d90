import { describe, expect, test } from '@jest/globals'
import { toLoadFile } from '../../load/load-file.ts'
import { parseBar, parseEvent } from '../../load/rows.ts'
import { barCells, calendarOf } from './market.ts'

const context = { delayMs: 5_000, calendarOf }
const iso = (millis: number | undefined): string => new Date(millis ?? Number.NaN).toISOString()

describe('a line of bars', () => {
  test('is a record known at its close plus the delay', () => {
    const { topic, recordName, key, value, knownAt } = parseBar(
      { ...barCells('IBM', '1h', '2024-01-03T14:30:00Z'), volume: '1e6' },
      'f.csv',
      context,
    )
    expect({ topic, recordName, key, value, knownAt }).toEqual({
      topic: 'market.bars',
      recordName: 'barline.market.Bar',
      key: 'IBM',
      knownAt: Date.UTC(2024, 0, 3, 15, 30, 5),
      value: {
        symbol: 'IBM',
        timeframe: '1h',
        ts_open: Date.UTC(2024, 0, 3, 14, 30),
        ts_close: Date.UTC(2024, 0, 3, 15, 30),
        known_at: Date.UTC(2024, 0, 3, 15, 30, 5),
        open: 1,
        high: 2,
        low: 1,
        close: 2,
        volume: 1e6,
        source: 'f.csv',
      },
    })
  })

  test('that opens off the grid of its session is closed only after its full length', () => {
    const { bar } = parseBar(barCells('IBM', '1h', '2024-01-03T15:00:00Z'), '', context)
    expect(iso(bar?.tsClose)).toBe('2024-01-03T16:00:00.000Z')
  })

  test.each([
    { label: '2024-01-03', open: '2024-01-03T14:30:00.000Z', close: '2024-01-03T21:00:00.000Z', what: 'a winter day' },
    {
      label: '2024-07-03T00:00:00Z',
      open: '2024-07-03T13:30:00.000Z',
      close: '2024-07-03T17:00:00.000Z',
      what: 'a half day in summer',
    },
  ])('with a date has the open and close of that session: $what', ({ label, open, close }) => {
    const { bar } = parseBar(barCells('IBM', '1d', label), '', context)
    expect([iso(bar?.tsOpen), iso(bar?.tsClose)]).toEqual([open, close])
  })

  test('keeps the times it gives itself', () => {
    const { bar, knownAt } = parseBar(
      {
        ...barCells('IBM', '1d', '2024-01-03T14:30:00Z'),
        ts_close_utc: '2024-01-03T20:00:00Z',
        known_at_utc: '2024-01-04T00:00:00Z',
      },
      '',
      context,
    )
    expect([iso(bar?.tsClose), iso(knownAt)]).toEqual(['2024-01-03T20:00:00.000Z', '2024-01-04T00:00:00.000Z'])
  })

  test('outside of every session lasts as long as its timeframe', () => {
    const { bar } = parseBar(barCells('IBM', '5m', '2024-01-03T03:00:00Z'), '', context)
    expect((bar?.tsClose ?? 0) - (bar?.tsOpen ?? 0)).toBe(300_000)
  })

  test('leaves NaN to ingest, which refuses it with a dead letter', () => {
    expect(parseBar({ ...barCells('IBM', '1d', '2024-01-03'), close: 'nan' }, '', context).value.close).toBeNaN()
  })

  test.each([
    { cells: { symbol: '' }, why: 'symbol is empty' },
    { cells: { timeframe: '2d' }, why: 'timeframe "2d" is not one of' },
    { cells: { ts_open_utc: '2024-01-06' }, why: '2024-01-06 is no session of the calendar XNYS' },
    { cells: { ts_open_utc: '2024-01-06T15:00:00Z' }, why: 'lies in no session of the calendar XNYS' },
    { cells: { ts_open_utc: '03/01/2024' }, why: 'ts_open_utc "03/01/2024" is not a UTC time' },
    { cells: { open: 'x' }, why: 'open "x" is not a number' },
  ])('is refused when $why', ({ cells, why }) => {
    expect(() => parseBar({ ...barCells('IBM', '1d', '2024-01-03'), ...cells }, '', context)).toThrow(why)
  })
})

describe('a line of events', () => {
  const cells = { symbol: 'IBM', event_type: 'split', effective_date: '2024-01-03', value: '2', detail: '2:1' }

  test('with a date takes effect at the open of that session, and is known then: that never looks ahead', () => {
    const { topic, value, knownAt, bar } = parseEvent(cells, context)
    expect(topic).toBe('market.events')
    expect(iso(knownAt)).toBe('2024-01-03T14:30:00.000Z')
    expect(value).toEqual({
      symbol: 'IBM',
      event_type: 'split',
      effective_at: knownAt,
      known_at: knownAt,
      value: 2,
      detail: '2:1',
    })
    expect(bar).toBeUndefined()
  })

  test('is of the whole market where its symbol is *', () => {
    const high = { symbol: '*', event_type: 'macro_high', effective_at_utc: '2024-01-31T19:00:00Z' }
    expect(parseEvent(high, context)).toMatchObject({ key: '*', isMarketWide: true })
    expect(parseEvent(cells, context).isMarketWide).toBe(false)
  })

  test('may say when it was known, and may have no value', () => {
    const { value, knownAt } = parseEvent(
      { ...cells, value: '', detail: '', known_at_utc: '2023-12-01T00:00:00Z' },
      context,
    )
    expect(iso(knownAt)).toBe('2023-12-01T00:00:00.000Z')
    expect(value).toMatchObject({ value: null, detail: null })
  })

  test.each([
    { change: { effective_date: '' }, why: 'none of effective_at_utc, effective_date, ts_utc and date is given' },
    { change: { effective_date: '2024-01-06' }, why: 'no session of the calendar XNYS' },
    { change: { event_type: '' }, why: 'event_type is empty' },
  ])('is refused when $why', ({ change, why }) => {
    expect(() => parseEvent({ ...cells, ...change }, context)).toThrow(why)
  })
})

describe('a file', () => {
  const table = (rows: Record<string, string>[], columns = Object.keys(rows[0] ?? {})) => ({
    path: '/f.csv',
    name: 'f.csv',
    sha256: 'x',
    columns,
    rows: rows.map((cells, index) => ({ line: index + 2, cells })),
  })

  test('has its records in order of known_at, and says of each line that it refuses why', () => {
    const file = toLoadFile(
      table([
        barCells('IBM', '1d', '2024-01-04'),
        barCells('IBM', '1d', 'x'),
        barCells('MSFT', '1d', '2024-01-03'),
        barCells('IBM', '1d', '2024-01-03'),
      ]),
      context,
    )
    expect(file.rows.map(({ line, input }) => [line, input?.key])).toEqual([
      [3, undefined],
      [4, 'MSFT'],
      [5, 'IBM'],
      [2, 'IBM'],
    ])
    expect(file.refused).toEqual([{ line: 3, why: expect.stringContaining('ts_open_utc "x" is not a UTC time') }])
  })
})
