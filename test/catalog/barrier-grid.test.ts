import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createBarrierGrid, loadBarrierConfig, parseBarrierConfig } from '../../catalog/barrier-grid.ts'
import { closesBetween, loadCalendars } from '../../catalog/calendar.ts'

const calendars = loadCalendars()
const config = loadBarrierConfig()
const grid = createBarrierGrid(config, calendars)

const FIRST = Date.parse('1999-01-01T05:00Z')
const LAST = Date.parse('2031-01-01T05:00Z')
const anyTime = fc.integer({ min: FIRST + 2, max: LAST })
const FORTNIGHT = 14 * 86_400_000

// Times on and beside the grid are the interesting ones, and chance would never find them.
const timeNearGrid = fc
  .tuple(anyTime, fc.constantFrom(-1, 0, 1, undefined))
  .map(([ts, shift]) => (shift === undefined ? ts : Math.min(LAST, (grid.newestAtOrBefore(ts) ?? FIRST + 2) + shift)))

function at(text: string): number {
  return Date.parse(text)
}

describe('the barrier grid', () => {
  it('is made of the NYSE closes of 1h and 1d, with a grace of a minute', () => {
    expect(config).toEqual({ calendars: ['XNYS'], timeframes: ['1h', '1d'], graceMs: 60_000 })
    expect(grid.graceMs).toBe(60_000)
  })

  it('gives the newest close before a time, across a night, a weekend and a year', () => {
    expect(grid.newestBefore(at('2018-01-16T16:00Z'))).toBe(at('2018-01-16T15:30Z'))
    expect(grid.newestBefore(at('2018-01-16T14:30Z'))).toBe(at('2018-01-12T21:00Z'))
    expect(grid.newestBefore(at('2019-01-01T12:00Z'))).toBe(at('2018-12-31T21:00Z'))
  })

  it('takes a grid time itself at-or-before, never before', () => {
    const close = at('2018-12-24T18:00Z')
    expect(grid.newestAtOrBefore(close)).toBe(close)
    expect(grid.newestBefore(close)).toBe(at('2018-12-24T17:30Z'))
  })

  it('has no time before the first close that the calendar knows', () => {
    expect(grid.newestBefore(at('1999-01-04T15:30Z'))).toBeUndefined()
    expect(grid.newestAtOrBefore(at('1999-01-04T15:29Z'))).toBeUndefined()
    expect(grid.newestAtOrBefore(at('1999-01-04T15:30Z'))).toBe(at('1999-01-04T15:30Z'))
  })

  it('refuses times that the calendar does not know', () => {
    const outOfRange = expect.objectContaining({ code: 'CALENDAR_RANGE', file: 'barriers.json' })
    for (const ts of [FIRST - 1, LAST + 1, Number.NaN]) {
      expect(() => grid.newestBefore(ts)).toThrow(outOfRange)
      expect(() => grid.newestAtOrBefore(ts)).toThrow(outOfRange)
      expect(() => grid.oldestFrom(ts)).toThrow(outOfRange)
      expect(() => grid.between(ts, ts)).toThrow(outOfRange)
    }
    expect(grid.newestBefore(LAST)).toBe(at('2030-12-31T21:00Z'))
  })

  it('names a time strictly before, with no grid time between it and the question', () => {
    fc.assert(
      fc.property(timeNearGrid, (ts) => {
        const before = grid.newestBefore(ts) ?? FIRST
        expect(before).toBeLessThan(ts)
        expect(grid.between(before, ts - 1)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('names a time at or before, with no grid time after it up to the question', () => {
    fc.assert(
      fc.property(timeNearGrid, (ts) => {
        const newest = grid.newestAtOrBefore(ts) ?? FIRST
        expect(newest).toBeLessThanOrEqual(ts)
        expect(grid.between(newest, ts)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('names a time at or after, with no grid time before it from the question on', () => {
    fc.assert(
      fc.property(timeNearGrid, (ts) => {
        const oldest = grid.oldestFrom(ts) ?? LAST
        expect(oldest).toBeGreaterThanOrEqual(ts)
        expect(grid.between(ts - 1, oldest)[0]).toBe(grid.oldestFrom(ts))
      }),
      { numRuns: 500 },
    )
  })

  it('lists between two times exactly the closes of its timeframes, ascending and once each', () => {
    fc.assert(
      fc.property(timeNearGrid, fc.integer({ min: 0, max: FORTNIGHT }), (from, length) => {
        const to = Math.min(from + length, LAST)
        const closes = [...calendars.values()]
          .filter(({ id }) => id === 'XNYS')
          .flatMap((calendar) => config.timeframes.flatMap((one) => closesBetween(calendar, one, from, to)))
        expect(grid.between(from, to)).toEqual([...new Set(closes)].sort((a, b) => a - b))
      }),
      { numRuns: 200 },
    )
  })

  it('does not depend on the order of the questions', () => {
    fc.assert(
      fc.property(fc.array(timeNearGrid, { maxLength: 10 }), (times) => {
        const fresh = times.map((ts) => createBarrierGrid(config, calendars).newestBefore(ts))
        expect(times.map((ts) => grid.newestBefore(ts))).toEqual(fresh)
      }),
      { numRuns: 20 },
    )
  })

  it('merges calendars and keeps a time that several have once', () => {
    const both = createBarrierGrid({ calendars: ['XNYS', 'CRYPTO'], timeframes: ['1d', '1w'], graceMs: 0 }, calendars)
    expect(both.between(at('2018-01-12T00:00Z'), at('2018-01-15T00:00Z'))).toEqual(
      ['2018-01-12T21:00Z', '2018-01-13T00:00Z', '2018-01-14T00:00Z', '2018-01-15T00:00Z'].map(at),
    )
    expect(both.newestBefore(at('2000-01-01T00:00Z'))).toBe(at('1999-12-31T18:00Z'))
    expect(both.newestAtOrBefore(at('2000-01-01T00:00Z'))).toBe(at('2000-01-01T00:00Z'))
  })
})

describe('the barrier configuration', () => {
  it('is refused when malformed, with the field named', () => {
    const bad = '{"calendars":["XNYS"],"timeframes":["2h"],"grace_ms":0}'
    expect(() => parseBarrierConfig(bad, 'b.json')).toThrow(
      expect.objectContaining({ code: 'CATALOG_CELL', column: 'timeframes.0' }),
    )
    expect(() => parseBarrierConfig('', 'b.json')).toThrow(expect.objectContaining({ code: 'CATALOG_SYNTAX' }))
  })

  it('is refused when it names a calendar that does not exist', () => {
    expect(() => createBarrierGrid({ calendars: ['XLON'], timeframes: ['1d'], graceMs: 0 }, calendars)).toThrow(
      expect.objectContaining({ code: 'CATALOG_REFERENCE', column: 'calendars' }),
    )
  })
})
