import { describe, expect, test } from '@jest/globals'
import type { FileKind } from '../../load/file-kind.ts'
import { kindOf } from '../../load/file-layout.ts'
import { calendarOf } from './market.ts'

const context = { delayMs: 0, calendarOf }
const headers: Readonly<Record<FileKind, string>> = {
  bars: 'symbol,timeframe,ts_open_utc,open,high,low,close,volume',
  events: 'symbol,event_type,ts_utc,date,value,detail',
  fundamentals: 'symbol,item,period_end,value,known_at_utc',
  macro: 'series,period_end,value,known_date',
  positions: 'symbol,portfolio,quantity,effective_at_utc',
  quotes: 'symbol,effective_at_utc,bid,ask,bid_size,ask_size',
}
const table = (header: string) => ({ path: '/f.csv', name: 'f.csv', sha256: 'x', columns: header.split(','), rows: [] })
const kindIn = (header: string, asked?: FileKind, more = {}) => kindOf(table(header), asked, { ...context, ...more })

describe('the kind of a file', () => {
  test.each(Object.entries(headers))('is %s by its header, whatever columns it has besides', (kind, header) => {
    expect(kindIn(header)).toBe(kind)
    expect(kindIn(`note,${header},more`)).toBe(kind)
  })

  test('is the one that is asked for where the header could be of two', () => {
    const header = `${headers.fundamentals},series`
    expect(() => kindIn(header)).toThrow(/could hold fundamentals or macro; say which with --kind/)
    expect(kindIn(header, 'fundamentals')).toBe('fundamentals')
  })

  test('is none of those with their columns, which are named', () => {
    expect(() => kindIn('ticker,px')).toThrow(
      /^\/f.csv has the columns of no kind of file: bars \(open, high, low, close\), .*; it has ticker, px$/,
    )
  })
})

describe('a file is refused for what it lacks', () => {
  test.each<[string, string, FileKind | undefined, string]>([
    [
      'a column',
      headers.bars.replace(',volume', ''),
      undefined,
      'holds bars, but has no column volume; it has symbol,',
    ],
    ['two columns', 'symbol,bid,ask,ts_utc', undefined, 'holds quotes, but has no column bid_size, ask_size'],
    ['every one of several', 'symbol,event_type', undefined, 'no column effective_at_utc or effective_date or ts_utc'],
    ['what the kind asked for needs', headers.bars, 'quotes', 'holds quotes, but has no column effective_at_utc or'],
    ['a time of publication', 'series,period_end,value', undefined, 'for example --published-after 45d'],
  ])('%s', (_, header, asked, why) => {
    expect(() => kindIn(header, asked)).toThrow(why)
    expect(() => kindIn(header, asked)).toThrow(expect.objectContaining({ code: 'LOAD_REFUSED' }))
  })

  test('but not for a time of publication that is declared', () => {
    expect(kindIn('series,period_end,value', undefined, { publishedAfterMs: 0 })).toBe('macro')
  })
})
