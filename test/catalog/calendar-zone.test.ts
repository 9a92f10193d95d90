import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { dayLabel, parseDay, weekdayOf } from '../../catalog/calendar-day.ts'
import { isTimeZone, wallTimeMs } from '../../catalog/calendar-zone.ts'

function wall(zone: string, label: string, minutes: number): string {
  return new Date(wallTimeMs(zone, parseDay(label) ?? Number.NaN, minutes)).toISOString()
}

describe('wallTimeMs', () => {
  it('reads a wall time with the offset of its own hour, on the day of a DST change too', () => {
    expect(wall('America/New_York', '2018-03-11', 60)).toBe('2018-03-11T06:00:00.000Z')
    expect(wall('America/New_York', '2018-03-11', 180)).toBe('2018-03-11T07:00:00.000Z')
    expect(wall('America/New_York', '2018-11-04', 180)).toBe('2018-11-04T08:00:00.000Z')
    expect(wall('Europe/Berlin', '2018-03-25', 180)).toBe('2018-03-25T01:00:00.000Z')
    expect(wall('Asia/Tokyo', '2018-03-25', 0)).toBe('2018-03-24T15:00:00.000Z')
  })

  it('reads a repeated wall time as its first passage and a skipped one with the offset before', () => {
    expect(wall('America/New_York', '2018-11-04', 90)).toBe('2018-11-04T05:30:00.000Z')
    expect(wall('America/New_York', '2018-03-11', 150)).toBe('2018-03-11T07:30:00.000Z')
  })

  it('takes minutes of the day before and after', () => {
    expect(wall('America/New_York', '2018-03-12', -420)).toBe('2018-03-11T21:00:00.000Z')
    expect(wall('UTC', '2018-03-12', 1440)).toBe('2018-03-13T00:00:00.000Z')
  })

  it('gives the time that clocks in the zone then show', () => {
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'America/New_York',
      dateStyle: 'short',
      timeStyle: 'short',
    })
    fc.assert(
      fc.property(fc.integer({ min: 10_592, max: 22_279 }), fc.integer({ min: 181, max: 1439 }), (day, minutes) => {
        const shown = format.format(wallTimeMs('America/New_York', day, minutes))
        const hour = String(Math.floor(minutes / 60)).padStart(2, '0')
        expect(shown).toBe(`${dayLabel(day)} ${hour}:${String(minutes % 60).padStart(2, '0')}`)
      }),
      { numRuns: 300 },
    )
  })
})

describe('isTimeZone', () => {
  it('knows IANA names and no others', () => {
    expect(isTimeZone('America/New_York')).toBe(true)
    expect(isTimeZone('New York')).toBe(false)
  })
})

describe('weekdayOf', () => {
  it('counts from Monday, before 1970 too', () => {
    expect(['1969-12-29', '1970-01-01', '2018-12-30'].map((label) => weekdayOf(parseDay(label) ?? Number.NaN))).toEqual(
      [0, 3, 6],
    )
  })
})
