import { describe, expect, test } from '@jest/globals'
import { CellError, dateLabel, parseDuration, parseInstant, parseNumber, requiredText } from '../../load/parse-cells.ts'

describe('a number', () => {
  test.each([
    ['1', 1],
    ['-1.5', -1.5],
    ['+.5', 0.5],
    ['2.', 2],
    ['1e3', 1_000],
    ['nan', Number.NaN],
    ['NaN', Number.NaN],
    ['inf', Infinity],
    ['-Infinity', -Infinity],
  ])('is read from %s', (text, expected) => {
    expect(parseNumber({ open: text }, 'open')).toBe(expected)
  })

  test.each(['1,000', '0x10', '1 2', '--1', 'n/a', '1e', ' '])('is not read from "%s"', (text) => {
    expect(() => parseNumber({ open: text }, 'open')).toThrow(CellError)
  })

  test('is missed with the name of its column', () => {
    expect(() => parseNumber({}, 'open')).toThrow('open is empty')
    expect(() => requiredText({ symbol: '' }, 'symbol')).toThrow('symbol is empty')
  })
})

describe('an instant', () => {
  const expected = Date.UTC(2013, 2, 1, 14, 30)

  test.each([
    '2013-03-01T14:30:00Z',
    '2013-03-01 14:30Z',
    '2013-03-01T14:30:00.000Z',
    '2013-03-01T15:30:00+01:00',
    '2013-03-01T09:30:00-0500',
  ])('is read from %s', (text) => {
    expect(parseInstant(text, 'ts')).toBe(expected)
  })

  test('may be a leap day', () => {
    expect(parseInstant('2024-02-29T00:00:00Z', 'ts')).toBe(Date.UTC(2024, 1, 29))
  })

  test.each([
    '2013-03-01T14:30:00',
    '2013-03-01',
    '1362148200000',
    '2013-02-30T00:00:00Z',
    '2013-02-29T00:00:00Z',
    '2013-13-01T00:00:00Z',
    'x',
  ])('is not read from %s', (text) => {
    expect(() => parseInstant(text, 'ts')).toThrow(/^ts ".*" is not a UTC time such as/)
  })
})

describe('a date label', () => {
  test.each([
    '2013-03-01',
    '2013-03-01T00:00:00Z',
    '2013-03-01 00:00',
    '2013-03-01T00:00:00.000Z',
    '2013-03-01T00:00+00:00',
  ])('is the day of %s', (text) => {
    expect(dateLabel(text)).toBe('2013-03-01')
  })

  test.each(['2013-03-01T00:00:01Z', '2013-03-01T14:30:00Z', '2013-03', ''])('is not in "%s"', (text) => {
    expect(dateLabel(text)).toBeUndefined()
  })
})

describe('a duration', () => {
  test.each([
    ['0', 0],
    ['250ms', 250],
    ['90s', 90_000],
    [' 15m ', 900_000],
    ['2h', 7_200_000],
    ['45d', 45 * 86_400_000],
  ])('is read from "%s"', (text, expected) => {
    expect(parseDuration(text)).toBe(expected)
  })

  test.each(['90', '-1s', '1.5h', '1w', ''])('is not read from "%s"', (text) => {
    expect(() => parseDuration(text)).toThrow(RangeError)
  })
})
