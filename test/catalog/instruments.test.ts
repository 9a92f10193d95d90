import { describe, expect, it } from '@jest/globals'
import { loadCalendars } from '../../catalog/calendar.ts'
import {
  calendarOf,
  instrumentOf,
  loadInstruments,
  parseInstruments,
  reportsVolume,
} from '../../catalog/instruments.ts'

const calendars = loadCalendars()
const instruments = loadInstruments(calendars)
const HEADER = 'symbol,kind,calendar,currency,benchmark,reports_volume,sector,universe,note'
const DEFAULT = '*,unknown,XNYS,USD,,no,,yes,'

function parse(...lines: string[]) {
  return parseInstruments([...lines, ''].join('\n'), 'test.csv', calendars)
}

describe('the instrument catalog', () => {
  it('lists the seven shipped symbols', () => {
    expect([...instruments.bySymbol.keys()]).toEqual(['AAPL', 'FB', 'GOOG', 'IBM', 'IXIC', 'MSFT', 'SPX'])
    expect(instrumentOf(instruments, 'AAPL')).toMatchObject({ kind: 'equity', calendar: 'XNYS', benchmark: 'SPX' })
    expect(instrumentOf(instruments, 'SPX')).toMatchObject({ kind: 'index', benchmark: undefined })
  })

  it('gives every other symbol the stated default', () => {
    expect(calendarOf(instruments, 'BTC-USD')).toBe('XNYS')
    expect(instrumentOf(instruments, 'BTC-USD')).toMatchObject({ symbol: 'BTC-USD', kind: 'unknown', calendar: 'XNYS' })
  })

  it('lets a row of its own win over the default', () => {
    const own = parse(HEADER, DEFAULT, 'BTC-USD,unknown,CRYPTO,USD,,yes,,yes,')
    expect(calendarOf(own, 'BTC-USD')).toBe('CRYPTO')
    expect(calendarOf(own, 'ETH-USD')).toBe('XNYS')
    expect(reportsVolume(own, 'BTC-USD')).toBe(true)
    expect(reportsVolume(own, 'ETH-USD')).toBe(false)
  })

  it('says of the shipped symbols that their source reports volume, and of no other', () => {
    const shipped = [...instruments.bySymbol.keys()]
    expect(shipped.filter((symbol) => !reportsVolume(instruments, symbol))).toEqual([])
    expect(reportsVolume(instruments, 'SPY')).toBe(false)
  })

  it.each([
    ['a calendar that does not exist', [HEADER, DEFAULT, 'A,equity,XLON,USD,,no,,yes,'], 'CATALOG_REFERENCE'],
    ['a benchmark without a row', [HEADER, DEFAULT, 'A,equity,XNYS,USD,B,no,,yes,'], 'CATALOG_REFERENCE'],
    ['no default row', [HEADER, 'A,equity,XNYS,USD,,no,,yes,'], 'CATALOG_REFERENCE'],
    [
      'a symbol twice',
      [HEADER, DEFAULT, 'A,equity,XNYS,USD,,no,,yes,', 'A,index,XNYS,USD,,no,,no,'],
      'CATALOG_DUPLICATE_ID',
    ],
    ['an unknown kind', [HEADER, DEFAULT, 'A,bond,XNYS,USD,,no,,yes,'], 'CATALOG_CELL'],
    ['neither yes nor no to volume', [HEADER, DEFAULT, 'A,equity,XNYS,USD,,,,yes,'], 'CATALOG_CELL'],
    ['other columns', ['symbol,kind', '*,unknown'], 'CATALOG_COLUMNS'],
    ['a row of another width', [HEADER, DEFAULT, 'A,equity'], 'CATALOG_SYNTAX'],
  ])('refuses %s', (_what, lines, code) => {
    expect(() => parse(...lines)).toThrow(expect.objectContaining({ code, file: 'test.csv' }))
  })
})
