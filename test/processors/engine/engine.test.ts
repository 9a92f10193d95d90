import { describe, expect, test } from '@jest/globals'
import { stageOneRows } from '../../../catalog/stage-one.ts'
import { createEngine } from '../../../processors/engine/engine.ts'
import { createTimeframeEngines } from '../../../processors/engine/timeframe-engines.ts'
import type { InputRecord } from '../../../processors/processor.ts'
import { applied, appliedAll, data, type Emission } from '../ingest/driver.ts'
import { calendarOf, DAY, HOUR, MINUTE, START, testOptions } from './fold-cases.ts'
import { tapeBar, tapeMarker, tapeSplit } from './tape.ts'

const engine = () => createEngine(testOptions)

const valuesOf = (emissions: readonly Emission[]) =>
  emissions.flatMap((emission) => (emission.kind === 'record' ? [emission.output.value] : []))

const rowsOf = (records: readonly InputRecord[]) => valuesOf(appliedAll(engine(), records))

const day = (count: number) => START + count * DAY

describe('the engine', () => {
  test('writes a row per bar with the bar, the columns and null for what is not available', () => {
    expect(applied(engine(), tapeBar(day(1), { known_at: day(1) + 5 }))).toEqual([
      {
        kind: 'record',
        output: {
          topic: 'indicators',
          key: 'AAA',
          recordName: 'barline.indicators.IndicatorRow',
          timestamp: day(1),
          value: {
            symbol: 'AAA',
            timeframe: '1d',
            ts: day(1),
            known_at: day(1) + 5,
            ts_open: START,
            open: 10,
            high: 12,
            low: 9,
            close: 11,
            volume: 100,
            split_factor: null,
            rows_left: 0,
            previous__close: null,
            previous__count: 1,
            place__ordinal: 9131,
            place__bar: 0,
            others__day: null,
            others__quarter: null,
            close__value: 11,
            earnings__value: null,
          },
        },
      },
    ])
  })

  test('keeps a state for each symbol and timeframe', () => {
    const other = { symbol: 'BBB' }
    const hour = { timeframe: '1h' }
    const records = [tapeBar(day(1)), tapeBar(day(1), hour), tapeBar(day(1), other), tapeBar(day(2), other)]
    expect(rowsOf(records).map((row) => row.previous__count)).toEqual([1, 1, 1, 2])
  })

  test('gives a row the latest known_at of all that its symbol has taken in', () => {
    const rows = rowsOf([tapeBar(day(1), { known_at: day(9) }), tapeBar(day(2)), tapeBar(day(2), { symbol: 'BBB' })])
    expect(rows.map((row) => row.known_at)).toEqual([day(9), day(9), day(2)])
  })

  test('passes markers on in their place', () => {
    const kinds = appliedAll(engine(), [tapeBar(day(1)), tapeMarker(day(1) + 2), tapeBar(day(2))])
    expect(kinds.map(({ kind }) => kind)).toEqual(['record', 'marker', 'record'])
    expect(kinds[1]).toMatchObject({ topic: 'indicators', marker: { kind: 'clock', ts: day(1) + 2 } })
  })

  test('refuses a record that is not of the tape', () => {
    const stranger = data({ topic: 'tape', recordName: 'barline.market.Bar', value: { symbol: 'AAA' } })
    expect(applied(engine(), stranger)).toMatchObject([{ kind: 'refusal', refusal: { reason: 'UNEXPECTED_RECORD' } }])
  })

  test('refuses a bar of which its calendar knows nothing, and goes on as if it had not been', () => {
    const before = tapeBar(Date.parse('1990-01-02T00:00Z'))
    const records = [tapeBar(day(1)), tapeBar(Date.parse('2031-01-02T00:00Z'), { known_at: 0 }), tapeBar(day(2))]
    expect(applied(engine(), before)).toMatchObject([{ refusal: { reason: 'PROCESSING_FAILED' } }])
    expect(rowsOf(records)).toEqual(rowsOf([tapeBar(day(1)), tapeBar(day(2))]))
  })

  test('counts a ready-made bar equal to the one it has built, and refuses one that differs', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => tapeBar(START + (hour + 1) * HOUR, { timeframe: '1h' }))
    const stood = engine()
    appliedAll(stood, hours)
    expect(applied(stood, tapeBar(day(1), { volume: 2400 }))).toMatchObject([{ kind: 'duplicate' }])
    expect(applied(stood, tapeBar(day(1), { volume: 2401 }))).toMatchObject([{ refusal: { reason: 'REVISION' } }])
    expect(applied(stood, tapeBar(START))).toMatchObject([{ refusal: { reason: 'LATE' } }])
  })

  test('waits for a head', () => {
    const head = { topic: 'tape', partition: 0, record: undefined, caughtUp: true }
    expect(engine().select([head])).toBeUndefined()
    expect(engine().select([{ ...head, record: tapeBar(day(1)) }])).toBe(0)
  })
})

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

describe('a split', () => {
  test('acts on the first bar that closes when it is both known and in effect', () => {
    const closes = (split: InputRecord) =>
      rowsOf([tapeBar(day(1)), split, tapeBar(day(2)), tapeBar(day(3)), tapeBar(day(4))])
    const factors = (split: InputRecord) => closes(split).map((row) => row.split_factor)
    expect(factors(tapeSplit(day(3), day(1)))).toEqual([null, null, 2, null])
    expect(factors(tapeSplit(day(1), day(3)))).toEqual([null, null, 2, null])
    expect(factors(tapeSplit(START, day(1)))).toEqual([null, 2, null, null])
    expect(factors(tapeSplit(day(9), day(1)))).toEqual([null, null, null, null])
    expect(closes(tapeSplit(day(3), day(1))).map((row) => row.previous__close)).toEqual([null, 11, 5.5, 11])
  })

  test('that is cancelled before it acts changes no units, and acts when it is said again', () => {
    const said = tapeSplit(day(3), day(1))
    const cancelled = tapeSplit(day(3), day(2), 2, { value: null, detail: 'cancelled' })
    const other = tapeSplit(day(3) - HOUR, day(1), 5)
    const factors = (...splits: InputRecord[]) =>
      rowsOf([tapeBar(day(1)), ...splits, tapeBar(day(2)), tapeBar(day(3))]).map((row) => row.split_factor)
    expect(factors(said, cancelled)).toEqual([null, null, null])
    expect(factors(said, other, cancelled)).toEqual([null, null, 5])
    expect(factors(said, cancelled, said)).toEqual([null, null, 2])
  })

  test('rescales every timeframe of its symbol at once, and no other symbol', () => {
    const hourly = { timeframe: '1h' }
    const other = { symbol: 'BBB' }
    const rows = rowsOf([
      tapeBar(day(1)),
      tapeBar(day(1), hourly),
      tapeBar(day(1), other),
      tapeSplit(day(2), day(1)),
      tapeBar(day(2), hourly),
      tapeBar(day(2), other),
      tapeBar(day(2)),
    ])
    expect(rows.map((row) => row.split_factor)).toEqual([null, null, null, 2, null, 2])
    expect(rows.map((row) => row.previous__close)).toEqual([null, null, null, 5.5, 11, 5.5])
  })

  test('in the middle of an open bucket rescales what the bucket holds', () => {
    const at = (hour: number, factor: number) => {
      const prices = { open: 10 / factor, high: 12 / factor, low: 9 / factor, close: 11 / factor, volume: 100 * factor }
      return tapeBar(START + hour * HOUR, { timeframe: '1h', ...prices })
    }
    const hours = Array.from({ length: 48 }, (_, index) => at(index + 1, index < 36 ? 1 : 4))
    const split = tapeSplit(START + 36 * HOUR + 1, START, 4)
    const rows = rowsOf([split, ...hours]).filter((row) => row.timeframe === '1d')
    expect(rows).toMatchObject([
      { open: 10, high: 12, low: 9, close: 11, volume: 2400, split_factor: null },
      { open: 2.5, high: 3, low: 2.25, close: 2.75, volume: 9600, split_factor: 4, previous__close: 2.75 },
    ])
  })

  test('does not act on a bucket that was over before its bar', () => {
    const hours = Array.from({ length: 23 }, (_, hour) => tapeBar(START + (hour + 1) * HOUR, { timeframe: '1h' }))
    const rows = rowsOf([...hours, tapeSplit(day(1), START, 4), tapeBar(day(1) + HOUR, { timeframe: '1h' })])
    expect(rows.slice(-2)).toMatchObject([
      { timeframe: '1d', ts: day(1), close: 11, volume: 2300, split_factor: null },
      { timeframe: '1h', split_factor: 4, previous__close: 2.75, others__day: 2.75 },
    ])
  })

  test('says nothing to a timeframe that has no bar yet', () => {
    expect(rowsOf([tapeSplit(day(1), START), tapeBar(day(2))]).map((row) => row.split_factor)).toEqual([null])
  })

  test('multiplies with others that take effect before the same row', () => {
    const splits = [tapeSplit(day(2), day(1), 2), tapeSplit(day(3), day(1), 0.25)]
    const rows = rowsOf([tapeBar(day(1)), ...splits, tapeBar(day(4)), tapeBar(day(5))])
    expect(rows.map((row) => row.split_factor)).toEqual([null, 0.5, null])
    expect(rows[1]?.previous__close).toBe(22)
  })

  test('other events leave rows as they are', () => {
    const dividend = tapeSplit(day(2), day(1), 3, { event_type: 'dividend' })
    expect(rowsOf([tapeBar(day(1)), dividend, tapeBar(day(2))])).toEqual(rowsOf([tapeBar(day(1)), tapeBar(day(2))]))
  })
})

describe('the engine over the real catalog', () => {
  const engines = createTimeframeEngines(stageOneRows())
  const real = () => createEngine({ engines, calendarOf, graceMs: MINUTE })

  test('does not jump at a split: prices in new units give the rows of the unsplit series in new units', () => {
    const price = (index: number) => 64 + 8 * Math.sin(index)
    const at = (index: number, factor: number) => {
      const [open, close] = [price(index) / factor, price(index + 0.5) / factor]
      const [high, low] = [Math.max(open, close) * 1.0625, Math.min(open, close) * 0.9375]
      return tapeBar(day(index + 1), { open, high, low, close, volume: 1024 * factor })
    }
    const bars = (splitAt: number) => Array.from({ length: 260 }, (_, index) => at(index, index < splitAt ? 1 : 2))
    const split = bars(200)
    const daily = (records: readonly InputRecord[]) =>
      valuesOf(appliedAll(real(), records)).filter((row) => row.timeframe === '1d')
    const before = daily(bars(0))
    const after = daily([...split.slice(0, 200), tapeSplit(day(201), day(150)), ...split.slice(200)])
    const ratios = engines.columns.filter(({ unit }) => ['index', 'z', 'ratio', 'pct'].includes(unit))
    expect(ratios.length).toBeGreaterThan(3)
    for (const [index, row] of after.slice(200).entries()) {
      const expected = before[200 + index]
      for (const { field } of ratios) {
        const [value, wanted] = [row[field], expected?.[field]]
        if (typeof wanted !== 'number') expect(value).toBe(wanted)
        else expect(Number(value)).toBeCloseTo(wanted, 9)
      }
    }
    expect(after.map((row) => row.split_factor).filter((factor) => factor !== null)).toEqual([2])
  })
})
