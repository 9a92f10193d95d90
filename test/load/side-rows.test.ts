import { describe, expect, test } from '@jest/globals'
import { parseFundamental, parseMacro, parsePosition, parseQuote } from '../../load/side-rows.ts'
import { calendarOf } from './market.ts'

const context = { delayMs: 5_000, calendarOf }
const at = (text: string): number => Date.parse(text)

describe('a line of fundamentals', () => {
  const cells = {
    symbol: 'IBM',
    item: 'eps_ttm',
    period_end: '2023-09-30',
    value: '9.5',
    unit: 'USD',
    source: '10-Q',
    known_at_utc: '2023-10-25T20:30:00Z',
  }

  test('is a record that takes effect when it was published', () => {
    expect(parseFundamental(cells, 'f.csv', context)).toEqual({
      topic: 'market.fundamentals',
      recordName: 'barline.market.Fundamental',
      key: 'IBM',
      knownAt: at('2023-10-25T20:30:00Z'),
      value: {
        symbol: 'IBM',
        item: 'eps_ttm',
        period_end: at('2023-09-30T00:00:00Z'),
        effective_at: at('2023-10-25T20:30:00Z'),
        known_at: at('2023-10-25T20:30:00Z'),
        value: 9.5,
        unit: 'USD',
        source: '10-Q',
      },
    })
  })

  test('that gives the date of publication alone is known at the open of the next session: the hour is not said', () => {
    const friday = { ...cells, known_at_utc: '', known_date: '2023-10-27' }
    expect(parseFundamental(friday, '', context).knownAt).toBe(at('2023-10-30T13:30:00Z'))
  })

  test('that gives none is known so long after the end of its period as declared', () => {
    const undated = { ...cells, known_at_utc: '' }
    const declared = { ...context, publishedAfterMs: 45 * 86_400_000 }
    expect(parseFundamental(undated, '', declared).knownAt).toBe(at('2023-11-14T00:00:00Z'))
    expect(() => parseFundamental(undated, '', context)).toThrow('neither known_at_utc nor known_date')
  })

  test('may take effect later than it is known', () => {
    const { value, knownAt } = parseFundamental({ ...cells, effective_date: '2023-11-01' }, '', context)
    expect(value).toMatchObject({ effective_at: at('2023-11-01T13:30:00Z'), known_at: knownAt })
  })

  test('withdraws a figure in so many words: an empty cell is more likely a gap in the source', () => {
    expect(parseFundamental({ ...cells, value: 'withdrawn' }, '', context).value.value).toBeNull()
    expect(() => parseFundamental({ ...cells, value: '' }, '', context)).toThrow('value is empty')
  })

  test('has its file for a source that it does not name, and no unit where none is given', () => {
    const { value } = parseFundamental({ ...cells, source: '', unit: '' }, 'f.csv', context)
    expect(value).toMatchObject({ source: 'f.csv', unit: null })
  })

  test.each([
    { change: { period_end: '30/09/2023' }, why: 'period_end "30/09/2023" is not a UTC time' },
    { change: { known_at_utc: '2023-10-25' }, why: 'known_at_utc "2023-10-25" is not a UTC time' },
    { change: { known_at_utc: '', known_date: 'soon' }, why: 'known_date "soon" is not a date' },
    { change: { item: '' }, why: 'item is empty' },
    { change: { value: 'n/a' }, why: 'value "n/a" is not a number' },
  ])('is refused when $why', ({ change, why }) => {
    expect(() => parseFundamental({ ...cells, ...change }, '', context)).toThrow(why)
  })
})

test('a line of macro values is a record of the whole market, keyed by series', () => {
  const cells = { series: 'CPI', period_end: '2023-09-30', value: '3.7', known_at_utc: '2023-10-12T12:30:00Z' }
  expect(parseMacro(cells, '', context)).toEqual({
    topic: 'market.macro',
    recordName: 'barline.market.MacroObservation',
    key: 'CPI',
    isMarketWide: true,
    knownAt: at('2023-10-12T12:30:00Z'),
    value: {
      series: 'CPI',
      period_end: at('2023-09-30T00:00:00Z'),
      effective_at: at('2023-10-12T12:30:00Z'),
      known_at: at('2023-10-12T12:30:00Z'),
      value: 3.7,
      unit: null,
    },
  })
})

describe('a line of positions', () => {
  const cells = { symbol: 'IBM', portfolio: 'main', quantity: '-10', effective_date: '2024-01-03', equity: '1e6' }

  test('is a record of the whole market; a date means the close of that session', () => {
    expect(parsePosition(cells, '', context)).toEqual({
      topic: 'market.portfolio',
      recordName: 'barline.market.PortfolioPosition',
      key: 'IBM',
      isMarketWide: true,
      knownAt: at('2024-01-03T21:00:05Z'),
      value: {
        symbol: 'IBM',
        portfolio: 'main',
        effective_at: at('2024-01-03T21:00:00Z'),
        known_at: at('2024-01-03T21:00:05Z'),
        quantity: -10,
        price: null,
        equity: 1e6,
        average_entry: null,
        flow: null,
      },
    })
  })

  test.each([
    { change: { portfolio: '' }, why: 'portfolio is empty' },
    { change: { quantity: '' }, why: 'quantity is empty' },
    { change: { flow: 'x' }, why: 'flow "x" is not a number' },
    { change: { effective_date: '' }, why: 'none of effective_at_utc' },
  ])('is refused when $why', ({ change, why }) => {
    expect(() => parsePosition({ ...cells, ...change }, '', context)).toThrow(why)
  })
})

describe('a line of quotes', () => {
  const cells = { symbol: 'IBM', ts_utc: '2024-01-03T15:00:00.250Z', bid: '1', ask: '2', bid_size: '3', ask_size: '4' }

  test('is a record known at its time plus the delay', () => {
    const effective = at('2024-01-03T15:00:00.250Z')
    expect(parseQuote(cells, '', context)).toEqual({
      topic: 'market.quotes',
      recordName: 'barline.market.Quote',
      key: 'IBM',
      knownAt: effective + 5_000,
      value: {
        symbol: 'IBM',
        effective_at: effective,
        known_at: effective + 5_000,
        bid: 1,
        ask: 2,
        bid_size: 3,
        ask_size: 4,
      },
    })
  })

  test.each([
    { change: { ts_utc: '2024-01-03' }, why: 'ts_utc "2024-01-03" is not a UTC time' },
    { change: { ts_utc: '' }, why: 'ts_utc is empty' },
    { change: { ask_size: '' }, why: 'ask_size is empty' },
  ])('is refused when $why', ({ change, why }) => {
    expect(() => parseQuote({ ...cells, ...change }, '', context)).toThrow(why)
  })
})
