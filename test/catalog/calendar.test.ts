import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { bucketOf, type Calendar, closesBetween, knownRange, loadCalendars, sessionOf } from '../../catalog/calendar.ts'
import { TIMEFRAMES } from '../../catalog/timeframe.ts'

const calendars = loadCalendars()
const xnys = calendar('XNYS')
const fx = calendar('FX')
const crypto = calendar('CRYPTO')

function calendar(id: string): Calendar {
  const found = calendars.get(id)
  if (found === undefined) throw new Error(`no calendar ${id}`)
  return found
}

function session(of: Calendar, label: string) {
  const found = sessionOf(of, label)
  return found && { open: iso(found.openMs), close: iso(found.closeMs) }
}

function closes(of: Calendar, timeframe: (typeof TIMEFRAMES)[number], from: string, to: string) {
  return closesBetween(of, timeframe, Date.parse(from), Date.parse(to)).map(iso)
}

function bucket(of: Calendar, timeframe: (typeof TIMEFRAMES)[number], at: string) {
  const found = bucketOf(of, timeframe, Date.parse(at))
  return found && [iso(found.openMs), iso(found.closeMs)]
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(':00.000Z', 'Z')
}

describe('sessionOf', () => {
  it('gives a New York session in UTC, winter and summer', () => {
    expect(session(xnys, '2018-01-16')).toEqual({ open: '2018-01-16T14:30Z', close: '2018-01-16T21:00Z' })
    expect(session(xnys, '2018-07-16')).toEqual({ open: '2018-07-16T13:30Z', close: '2018-07-16T20:00Z' })
  })

  it('shifts between the Friday before and the Monday after a change of DST, under the law of each year', () => {
    for (const [friday, monday, before, after] of [
      ['2006-03-31', '2006-04-03', '14:30Z', '13:30Z'], // until 2006: first Sunday of April
      ['2006-10-27', '2006-10-30', '13:30Z', '14:30Z'], // until 2006: last Sunday of October
      ['2007-03-09', '2007-03-12', '14:30Z', '13:30Z'], // since 2007: second Sunday of March
      ['2007-11-02', '2007-11-05', '13:30Z', '14:30Z'], // since 2007: first Sunday of November
      ['2030-03-08', '2030-03-11', '14:30Z', '13:30Z'],
    ] as const) {
      expect(session(xnys, friday)?.open).toBe(`${friday}T${before}`)
      expect(session(xnys, monday)?.open).toBe(`${monday}T${after}`)
    }
  })

  it('closes a half day at 13:00 New York', () => {
    expect(session(xnys, '2018-12-24')).toEqual({ open: '2018-12-24T14:30Z', close: '2018-12-24T18:00Z' })
    expect(session(xnys, '2018-07-03')).toEqual({ open: '2018-07-03T13:30Z', close: '2018-07-03T17:00Z' })
    expect(session(xnys, '1999-12-31')?.close).toBe('1999-12-31T18:00Z')
  })

  it('opens at noon on the first anniversary of September 11', () => {
    expect(session(xnys, '2002-09-11')).toEqual({ open: '2002-09-11T16:00Z', close: '2002-09-11T20:00Z' })
  })

  it.each([
    ...['2001-09-11', '2001-09-12', '2001-09-13', '2001-09-14', '2004-06-11', '2007-01-02', '2012-10-29', '2012-10-30'],
    ...['2018-12-05', '2025-01-09'],
  ])('has no session on %s, an unscheduled closure', (label) => {
    expect(sessionOf(xnys, label)).toBeUndefined()
  })

  it.each(['2026-07-03', '2027-12-24', '2022-06-20', '2021-12-24', '2024-03-29', '2018-01-13', '1999-01-01'])(
    'has no session on %s, a holiday or weekend',
    (label) => {
      expect(sessionOf(xnys, label)).toBeUndefined()
    },
  )

  it('trades on 2021-12-31, because a New Year on a Saturday is not observed', () => {
    expect(session(xnys, '2021-12-31')?.close).toBe('2021-12-31T21:00Z')
  })

  it('knows 8046 NYSE sessions from 1999 to 2030', () => {
    const { firstMs, lastMs } = knownRange(xnys, '1d')
    expect(closesBetween(xnys, '1d', firstMs, lastMs)).toHaveLength(8046)
  })

  it('begins an FX day on the evening before and lets each day begin where the last ended, DST or not', () => {
    expect(session(fx, '2018-01-15')).toEqual({ open: '2018-01-14T22:00Z', close: '2018-01-15T22:00Z' })
    expect(session(fx, '2018-03-12')).toEqual({ open: '2018-03-11T21:00Z', close: '2018-03-12T21:00Z' })
    expect(session(fx, '2018-03-09')?.close).toBe('2018-03-09T22:00Z')
    expect(session(fx, '2018-01-16')?.open).toBe(session(fx, '2018-01-15')?.close)
    expect(session(fx, '2018-01-13')).toBeUndefined()
    expect(session(fx, '2018-01-14')).toBeUndefined()
  })

  it('makes a crypto day a UTC day', () => {
    expect(session(crypto, '2018-12-31')).toEqual({ open: '2018-12-31T00:00Z', close: '2019-01-01T00:00Z' })
  })

  it.each(['1998-12-31', '2031-01-01', '2001-02-29', '2001-1-1', ''])('refuses %p with CALENDAR_RANGE', (label) => {
    expect(() => sessionOf(xnys, label)).toThrow(
      expect.objectContaining({ name: 'CatalogError', code: 'CALENDAR_RANGE', retriable: false }),
    )
  })
})

describe('closesBetween', () => {
  it('counts hours from the open and ends the last one with the session', () => {
    expect(closes(xnys, '1h', '2018-01-16T00:00Z', '2018-01-17T00:00Z')).toEqual(
      ['15:30', '16:30', '17:30', '18:30', '19:30', '20:30', '21:00'].map((time) => `2018-01-16T${time}Z`),
    )
  })

  it('ends the hours of a half day at 13:00 New York', () => {
    expect(closes(xnys, '1h', '2018-12-24T00:00Z', '2018-12-25T00:00Z')).toEqual(
      ['15:30', '16:30', '17:30', '18:00'].map((time) => `2018-12-24T${time}Z`),
    )
  })

  it('leaves out its first bound and keeps its second', () => {
    expect(closes(xnys, '1d', '2018-01-16T21:00Z', '2018-01-17T21:00Z')).toEqual(['2018-01-17T21:00Z'])
    expect(closes(xnys, '1h', '2018-01-16T15:30Z', '2018-01-16T16:30Z')).toEqual(['2018-01-16T16:30Z'])
    expect(closes(xnys, '1h', '2018-01-16T16:30Z', '2018-01-16T16:30Z')).toEqual([])
    expect(closes(xnys, '1h', '2018-01-17T00:00Z', '2018-01-16T00:00Z')).toEqual([])
  })

  it('has 390, 78 and 26 buckets of 1m, 5m and 15m in a full session', () => {
    for (const [timeframe, count] of [
      ['1m', 390],
      ['5m', 78],
      ['15m', 26],
    ] as const) {
      expect(closes(xnys, timeframe, '2018-01-16T00:00Z', '2018-01-17T00:00Z')).toHaveLength(count)
    }
  })

  it('closes a week with its last session, on Thursday before Good Friday, on a half day after Thanksgiving', () => {
    expect(closes(xnys, '1w', '2018-03-19T00:00Z', '2018-04-08T00:00Z')).toEqual([
      '2018-03-23T20:00Z',
      '2018-03-29T20:00Z',
      '2018-04-06T20:00Z',
    ])
    expect(closes(xnys, '1w', '2018-11-19T00:00Z', '2018-11-26T00:00Z')).toEqual(['2018-11-23T18:00Z'])
    expect(closes(xnys, '1w', '2001-09-10T00:00Z', '2001-09-17T00:00Z')).toEqual(['2001-09-10T20:00Z'])
  })

  it('closes a week across the end of a year once', () => {
    expect(closes(xnys, '1w', '2018-12-29T00:00Z', '2019-01-06T00:00Z')).toEqual(['2019-01-04T21:00Z'])
    expect(closes(crypto, '1w', '2018-12-29T00:00Z', '2019-01-07T00:00Z')).toEqual([
      '2018-12-31T00:00Z',
      '2019-01-07T00:00Z',
    ])
    expect(closes(fx, '1w', '2018-12-29T00:00Z', '2019-01-06T00:00Z')).toEqual(['2019-01-04T22:00Z'])
  })

  it('has 24 hours in an FX day and in a crypto day, the day of a DST change too', () => {
    expect(closes(fx, '1h', '2018-03-11T21:00Z', '2018-03-12T21:00Z')).toHaveLength(24)
    expect(closes(crypto, '1h', '2018-03-11T00:00Z', '2018-03-12T00:00Z')).toHaveLength(24)
  })

  it('refuses a time outside the range, and for weeks a time in a week that the range cuts', () => {
    const outOfRange = expect.objectContaining({ code: 'CALENDAR_RANGE', file: 'calendars/xnys.json' })
    expect(() => closes(xnys, '1h', '1998-01-01T00:00Z', '2000-01-01T00:00Z')).toThrow(outOfRange)
    expect(() => closes(xnys, '1h', '2030-01-01T00:00Z', '2031-01-02T00:00Z')).toThrow(outOfRange)
    expect(() => closesBetween(xnys, '1h', Number.NaN, Date.UTC(2000, 0, 1))).toThrow(outOfRange)
    expect(closes(xnys, '1d', '2030-12-30T00:00Z', '2031-01-01T00:00Z')).toHaveLength(2)
    expect(() => closes(xnys, '1w', '2030-12-20T00:00Z', '2030-12-31T22:00Z')).toThrow(outOfRange)
    expect(closes(xnys, '1w', '2030-12-20T00:00Z', '2030-12-30T00:00Z')).toEqual([
      '2030-12-20T21:00Z',
      '2030-12-27T21:00Z',
    ])
  })
})

describe('bucketOf', () => {
  it('contains its open and not its close', () => {
    expect(bucket(xnys, '1h', '2018-01-16T14:30Z')).toEqual(['2018-01-16T14:30Z', '2018-01-16T15:30Z'])
    expect(bucket(xnys, '1h', '2018-01-16T15:29Z')).toEqual(['2018-01-16T14:30Z', '2018-01-16T15:30Z'])
    expect(bucket(xnys, '1h', '2018-01-16T15:30Z')).toEqual(['2018-01-16T15:30Z', '2018-01-16T16:30Z'])
    expect(bucket(xnys, '1h', '2018-01-16T20:59Z')).toEqual(['2018-01-16T20:30Z', '2018-01-16T21:00Z'])
  })

  it('is the session for a day and the sessions of the ISO week for a week', () => {
    expect(bucket(xnys, '1d', '2018-12-24T17:00Z')).toEqual(['2018-12-24T14:30Z', '2018-12-24T18:00Z'])
    expect(bucket(xnys, '1w', '2018-12-31T15:00Z')).toEqual(['2018-12-31T14:30Z', '2019-01-04T21:00Z'])
    expect(bucket(fx, '1w', '2019-01-01T12:00Z')).toEqual(['2018-12-30T22:00Z', '2019-01-04T22:00Z'])
    expect(bucket(crypto, '1w', '2019-01-01T00:00Z')).toEqual(['2018-12-31T00:00Z', '2019-01-07T00:00Z'])
  })

  it('is undefined outside the sessions', () => {
    for (const at of ['2018-01-16T14:29Z', '2018-01-16T21:00Z', '2018-12-24T18:00Z', '2018-01-13T15:00Z']) {
      expect(bucket(xnys, '1m', at)).toBeUndefined()
    }
    expect(bucket(fx, '1h', '2018-01-12T22:00Z')).toBeUndefined()
  })

  it('refuses a time outside the range', () => {
    expect(() => bucket(crypto, '1d', '2031-01-01T00:00Z')).toThrow(expect.objectContaining({ code: 'CALENDAR_RANGE' }))
    expect(() => bucket(crypto, '1w', '2030-12-31T00:00Z')).toThrow(expect.objectContaining({ code: 'CALENDAR_RANGE' }))
  })

  it('contains the time it was asked for, and closes where closesBetween says that the next close is', () => {
    const { firstMs, lastMs } = knownRange(crypto, '1w')
    const time = fc.integer({ min: firstMs + 86_400_000, max: lastMs - 8 * 86_400_000 })
    fc.assert(
      fc.property(fc.constantFrom(xnys, fx, crypto), fc.constantFrom(...TIMEFRAMES), time, (of, timeframe, ts) => {
        const found = bucketOf(of, timeframe, ts)
        if (found === undefined) return
        expect(found.openMs).toBeLessThanOrEqual(ts)
        expect(found.closeMs).toBeGreaterThan(ts)
        expect(closesBetween(of, timeframe, ts, ts + 8 * 86_400_000)[0]).toBe(found.closeMs)
        expect(bucketOf(of, timeframe, found.openMs)).toEqual(found)
        expect(bucketOf(of, timeframe, found.closeMs - 1)).toEqual(found)
      }),
      { numRuns: 500 },
    )
  })
})
