import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { bucketOf, type Calendar, closesBetween, loadCalendars } from '../../../catalog/calendar.ts'
import { TIMEFRAMES } from '../../../catalog/timeframe.ts'
import { unknownSession } from '../../../processors/indicators/bar.ts'
import { createSessionCursor } from '../../../processors/timeframes/session-cursor.ts'

const calendars = [...loadCalendars().values()]
const calendar = fc.constantFrom(...calendars)
const instant = fc.integer({ min: Date.UTC(2000, 0, 10), max: Date.UTC(2029, 0, 1) })
const HOUR = 3_600_000

const calendarOf = (id: string): Calendar => {
  const found = calendars.find((each) => each.id === id)
  if (found === undefined) throw new Error(`no calendar ${id}`)
  return found
}

describe('a session cursor', () => {
  test('finds the buckets of the calendar, in whatever order it is asked', () => {
    fc.assert(
      fc.property(calendar, fc.array(instant, { maxLength: 8 }), (calendar, instants) => {
        const cursor = createSessionCursor(calendar)
        for (const ms of instants) {
          for (const timeframe of TIMEFRAMES) {
            const bucket = bucketOf(calendar, timeframe, ms)
            expect(Number.isNaN(cursor.momentOf(ms, ms + 1))).toBe(bucket === undefined)
            if (bucket !== undefined) expect(cursor.bucketAt(timeframe, ms)).toEqual(bucket)
          }
        }
      }),
    )
  })

  test('numbers the sessions one by one, forwards and backwards', () => {
    fc.assert(
      fc.property(calendar, instant, (calendar, from) => {
        const cursor = createSessionCursor(calendar)
        const closes = closesBetween(calendar, '1d', from, from + 60 * 24 * HOUR)
        const ordinals = [...closes, ...closes.toReversed()].map((close) => {
          const place = unknownSession()
          cursor.place('1d', close - 1, close, place)
          return place.ordinal
        })
        const [first = Number.NaN] = ordinals
        const rising = closes.map((_, index) => first + index)
        expect(ordinals).toEqual([...rising, ...rising.toReversed()])
      }),
      { numRuns: 30 },
    )
  })

  test('places a bar in its session by the clock', () => {
    const place = unknownSession()
    const open = Date.parse('2024-07-03T13:30Z')
    const session = { openMs: open, closeMs: open + 3.5 * HOUR, dayOfWeek: 2 }
    const cursor = createSessionCursor(calendarOf('XNYS'))
    cursor.place('5m', open + 12 * 60_000, open + 15 * 60_000, place)
    expect(place).toMatchObject({ ...session, bar: 2 })
    cursor.place('1h', open + 3 * HOUR, open + 3.5 * HOUR, place)
    expect(place).toMatchObject({ ...session, bar: 3 })
    cursor.place('1d', open, open + 3.5 * HOUR, place)
    expect(place).toMatchObject({ ...session, bar: 0 })
  })

  test('puts a bar that opens before a session and ends within it at its start', () => {
    const cursor = createSessionCursor(calendarOf('XNYS'))
    const place = unknownSession()
    const midnight = Date.parse('2024-07-03T00:00Z')
    expect(cursor.momentOf(midnight, midnight + 17 * HOUR)).toBe(Date.parse('2024-07-03T13:30Z'))
    cursor.place('1h', Date.parse('2024-07-03T13:00Z'), Date.parse('2024-07-03T14:00Z'), place)
    expect(place).toMatchObject({ bar: 0, dayOfWeek: 2 })
  })

  test('gives bars on the clock hour a place each', () => {
    const cursor = createSessionCursor(calendarOf('XNYS'))
    const place = unknownSession()
    const placesOf = (day: string, hours: readonly number[]) =>
      hours.map((hour) => {
        const tsOpen = Date.parse(`${day}T00:00Z`) + hour * HOUR
        cursor.place('1h', tsOpen, tsOpen + HOUR, place)
        return place.bar
      })
    expect(placesOf('2024-07-02', [13, 14, 15, 16, 17, 18, 19])).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(placesOf('2024-07-03', [13, 14, 15, 16])).toEqual([0, 1, 2, 3])
    expect(placesOf('2024-01-02', [14, 15, 16, 17, 18, 19, 20])).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  test('gives the buckets of a session the places in their order', () => {
    fc.assert(
      fc.property(
        calendar,
        instant,
        fc.constantFrom(...(['5m', '15m', '1h'] as const)),
        (calendar, from, timeframe) => {
          const cursor = createSessionCursor(calendar)
          const place = unknownSession()
          const session = cursor.bucketAt('1d', from)
          if (session === undefined) return
          for (let open = session.openMs, bar = 0; open < session.closeMs; bar += 1) {
            const { closeMs } = cursor.bucketAt(timeframe, open) ?? session
            cursor.place(timeframe, open, closeMs, place)
            expect(place.bar).toBe(bar)
            open = closeMs
          }
        },
      ),
    )
  })

  test('gives a bar that reaches no session no place', () => {
    const cursor = createSessionCursor(calendarOf('XNYS'))
    const place = unknownSession()
    cursor.place('1h', Date.parse('2024-07-03T17:00Z'), Date.parse('2024-07-03T18:00Z'), place)
    expect(Object.values(place).every(Number.isNaN)).toBe(true)
    cursor.place('1h', Date.parse('2024-07-04T14:00Z'), Date.parse('2024-07-04T15:00Z'), place)
    expect(Object.values(place).every(Number.isNaN)).toBe(true)
  })

  test('knows the range of its calendar, and no week that is cut by its end', () => {
    const cursor = createSessionCursor(calendarOf('CRYPTO'))
    const start = Date.parse('1999-01-01T00:00Z')
    expect(cursor.knows(start, start + HOUR)).toBe(true)
    expect(cursor.knows(start - 1, start)).toBe(false)
    expect(cursor.knows(Date.parse('2030-12-31T23:00Z'), Date.parse('2031-01-01T00:00Z') + 1)).toBe(false)
    expect(cursor.bucketAt('1d', start)).toEqual({ openMs: start, closeMs: start + 24 * HOUR })
    expect(cursor.bucketAt('1w', start)).toBeUndefined()
  })
})
