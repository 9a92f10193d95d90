import { describe, expect, test } from '@jest/globals'
import { completeHead } from '../../../processors/processor.ts'
import { applied, appliedAll, data } from '../ingest/driver.ts'
import { HOUR, START } from './fold-cases.ts'
import { day, engine, rowsOf } from './rows.ts'
import { tapeBar, tapeMarker } from './tape.ts'

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
    const tape = { topic: 'tape', partition: 0 }
    expect(engine().select([completeHead(tape, undefined, true)])).toBeUndefined()
    expect(engine().select([completeHead(tape, tapeBar(day(1)), true)])).toBe(0)
  })
})
