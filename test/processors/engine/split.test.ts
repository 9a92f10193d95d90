import { describe, expect, test } from '@jest/globals'
import { stageOneRows } from '../../../catalog/stage-one.ts'
import { createEngine } from '../../../processors/engine/engine.ts'
import { createTimeframeEngines } from '../../../processors/engine/timeframe-engines.ts'
import type { InputRecord } from '../../../processors/processor.ts'
import { appliedAll } from '../ingest/driver.ts'
import { calendarOf, HOUR, MINUTE, START } from './fold-cases.ts'
import { day, rowsOf, valuesOf } from './rows.ts'
import { tapeBar, tapeSplit } from './tape.ts'

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
