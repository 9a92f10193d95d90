import { describe, expect, it } from '@jest/globals'
import { loadCrossSection } from '../../catalog/cross-section.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'

const { closes } = loadCrossSection()

function firstClose(timeframe: Timeframe, text: string): string | undefined {
  const found = closes.get(timeframe)?.(Date.parse(text))
  return found === undefined ? undefined : new Date(found).toISOString()
}

describe('the closes of the cross-section', () => {
  it('gives the first close of a timeframe at or after a time', () => {
    expect(firstClose('1h', '2018-01-16T15:30Z')).toBe('2018-01-16T15:30:00.000Z')
    expect(firstClose('1h', '2018-01-16T15:31Z')).toBe('2018-01-16T16:30:00.000Z')
    expect(firstClose('1d', '2018-01-16T15:30Z')).toBe('2018-01-16T21:00:00.000Z')
    expect(firstClose('1d', '2018-01-12T21:01Z')).toBe('2018-01-16T21:00:00.000Z')
  })

  it('knows all closes up to the last day of the calendar, and none outside of it', () => {
    expect(firstClose('1d', '2030-12-29T12:00Z')).toBe('2030-12-30T21:00:00.000Z')
    expect(closes.get('1d')?.(Date.UTC(2030, 11, 31, 21))).toBe(Date.UTC(2030, 11, 31, 21))
    expect(firstClose('1h', '2030-12-31T15:00Z')).toBe('2030-12-31T15:30:00.000Z')
    expect(firstClose('1d', '2030-12-31T21:01Z')).toBeUndefined()
    expect(firstClose('1d', '2031-02-01T00:00Z')).toBeUndefined()
    expect(firstClose('1d', '1998-12-01T00:00Z')).toBeUndefined()
  })
})
