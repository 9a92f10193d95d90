import { createBarrierGrid, loadBarrierConfig } from '../../../catalog/barrier-grid.ts'
import { closesBetween, loadCalendars } from '../../../catalog/calendar.ts'
import { loadCrossSection } from '../../../catalog/cross-section.ts'
import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import { createBreadth } from '../../../processors/breadth/breadth.ts'
import { planCrossSection } from '../../../processors/breadth/plan.ts'
import { createIndicatorRecord } from '../../../processors/engine/indicator-record.ts'
import { createBarInput } from '../../../processors/indicators/bar.ts'
import { createIndicatorEngine, indicatorDependencies } from '../../../processors/indicators/engine.ts'
import type { DataRecord, InputRecord } from '../../../processors/processor.ts'
import type { Candle } from '../indicators/candles.ts'
import { readBars } from '../indicators/shared-data.ts'
import { clock } from '../ingest/driver.ts'
import { catalog, instrumentsOf } from './cross-cases.ts'

/** Sessions of the market: six years, the last on 2009-12-31, so that a crisis comes once all is warm. */
const SESSIONS = 1510
const LAST_DATE = '2009-12-31'

/** How many stretches of a company's history there are at most. */
const ERAS = 4

export const partitions = 3

/** Files that the market is made of. */
export const realFiles = ['data/bars/us-equity-adj_1d.csv.gz', 'data/bars/us-index_1d.csv.gz']

const sectorOfCompany: Readonly<Record<string, string>> = {
  AAPL: 'information_technology',
  BA: 'industrials',
  CAT: 'industrials',
  F: 'consumer_discretionary',
  GE: 'industrials',
  MSFT: 'information_technology',
}

/** A symbol of the market; a session without a bar has none. */
export type Listed = {
  readonly symbol: string
  readonly sector: string
  readonly bars: readonly (Candle | undefined)[]
}

/**
 * Real bars of six companies and of the index. Six companies are too few for a cross-section, so earlier years of the same companies
 * stand in as symbols of their own (`GE_2` = GE of 1998 to 2003): every bar is real, but only the six newest series and the
 * index are of the same days. One symbol is listed late, one stops, one is silent now and then.
 */
export function realMarket(): { readonly times: readonly number[]; readonly listed: readonly Listed[] } {
  const calendar = loadCalendars().get('XNYS')
  if (calendar === undefined) throw new Error('no calendar XNYS')
  const end = Date.parse(`${LAST_DATE}T23:59:59Z`)
  const times = closesBetween(calendar, '1d', end - 8 * 365 * 86_400_000, end).slice(-SESSIONS)
  const all = new Map([...readBars('us-equity-adj_1d'), ...readBars('us-index_1d')])
  const listed = [...Object.keys(sectorOfCompany), 'SPX'].flatMap((company): Listed[] => {
    const series = all.get(`${company},1d`)
    if (series === undefined) throw new Error(`no bars of ${company}`)
    const newest = series.bars.slice(0, series.dates.findIndex((date) => date.startsWith(LAST_DATE)) + 1)
    const eras = company === 'SPX' ? 1 : Math.min(ERAS, Math.floor(newest.length / SESSIONS))
    return Array.from({ length: eras }, (_, era) => ({
      symbol: era === 0 ? company : `${company}_${era + 1}`,
      sector: sectorOfCompany[company] ?? '',
      bars: newest.slice(newest.length - (era + 1) * SESSIONS, newest.length - era * SESSIONS).map(soundBar),
    }))
  })
  return { times, listed: listed.map(withGaps) }
}

/** The source rounds some prices, so that now and then an open or close is beyond high or low; ingest would refuse such a bar. */
function soundBar({ open, high, low, close, volume }: Candle): Candle {
  return { open, high: Math.max(open, high, close), low: Math.min(open, low, close), close, volume }
}

function withGaps({ symbol, sector, bars }: Listed): Listed {
  const isOut = (session: number): boolean => {
    if (symbol === 'BA_4') return session < 300
    if (symbol === 'GE_4') return session >= 1200
    return symbol === 'CAT_4' && session % 97 === 0
  }
  return { symbol, sector, bars: bars.map((bar, session) => (isOut(session) ? undefined : bar)) }
}

/** What breadth is made with over this market. */
export function realBreadth(listed: readonly Listed[]) {
  const sectors = listed.filter(({ symbol }) => symbol !== 'SPX').map(({ symbol, sector }) => [symbol, sector])
  const instruments = instrumentsOf(Object.fromEntries(sectors))
  const grid = createBarrierGrid(loadBarrierConfig(), loadCalendars())
  return createBreadth({ ...loadCrossSection(catalog), partitions, grid, instruments })
}

/** The rows of stage one that the cross-section reads, with what they depend on. */
function stageOneOfCross(): readonly IndicatorRow[] {
  const read = planCrossSection(catalog).fields.map((field) => field.split('__')[0])
  const wanted = new Set(catalog.filter(({ id }) => read.includes(id)))
  for (const row of wanted) {
    for (const id of indicatorDependencies(row)) for (const one of catalog) if (one.id === id) wanted.add(one)
  }
  return [...wanted]
}

/** A book over the market: every member in equal parts, its gross exposure rising and falling between 0.4 and 2.4 in three years. */
type Book = { equity: number; peak: number; gross: number }

function bookOf(session: number, before: Book | undefined, dailyReturn: number): Book {
  const equity = (before?.equity ?? 1e6) * (1 + (before?.gross ?? 0) * dailyReturn)
  return { equity, peak: Math.max(before?.peak ?? 0, equity), gross: 1.4 + Math.sin(session / 120) }
}

/** The records of `indicators`, session by session, each partition in its order, with a clock marker after each session. */
export function realRecords(times: readonly number[], listed: readonly Listed[]): InputRecord[] {
  const engine = createIndicatorEngine(stageOneOfCross())
  const recordOf = createIndicatorRecord(engine.columns)
  const input = createBarInput(engine.sideFields.length)
  const values = new Float64Array(engine.columns.length)
  const states = new Map(listed.map(({ symbol }) => [symbol, engine.createState()]))
  const records: InputRecord[] = []
  let book: Book | undefined
  times.forEach((ts, session) => {
    const moves = listed.flatMap(({ symbol, bars }) => {
      const [before, now] = [bars[session - 1], bars[session]]
      return symbol === 'SPX' || before === undefined || now === undefined ? [] : [now.close / before.close - 1]
    })
    book = bookOf(session, book, moves.reduce((sum, move) => sum + move, 0) / Math.max(1, moves.length))
    for (const [place, { symbol, bars }] of listed.entries()) {
      const bar = bars[session]
      const state = states.get(symbol)
      if (bar === undefined || state === undefined) continue
      fillSide(input.side, engine.sideFields, book, symbol === 'SPX' ? 0 : listed.length - 1)
      engine.step(state, Object.assign(input, { ...bar, timeframe: '1d', tsClose: ts }), values)
      const row = { timeframe: '1d', ts, ts_open: ts - 23_400_000, ...bar } as const
      const { value, recordName } = recordOf({
        symbol,
        bar: row,
        knownAt: ts + 1000,
        splitFactor: null,
        rowsLeft: 0,
        values,
      })
      const at = { topic: 'indicators', partition: place % partitions, offset: records.length, timestamp: ts }
      records.push({ kind: 'data', ...at, key: symbol, recordName, value, headers: {} } satisfies DataRecord)
    }
    for (let partition = 0; partition < partitions; partition += 1) {
      records.push(clock(ts + 120_000, { topic: 'indicators', partition, offset: records.length }))
    }
  })
  return records
}

function fillSide(
  side: Float64Array,
  fields: readonly string[],
  { equity, peak, gross }: Book,
  positions: number,
): void {
  const notional = positions === 0 ? 0 : (gross * equity) / positions
  const known: Readonly<Record<string, number>> = {
    'portfolio.age_sessions': 0,
    'portfolio.equity': equity,
    'portfolio.gross_notional': gross * equity,
    'portfolio.net_notional': gross * equity,
    'portfolio.peak_equity': peak,
    'position.quantity': notional === 0 ? 0 : 1,
    'position.notional': notional,
    'position.average_entry': 1,
  }
  for (const [at, field] of fields.entries()) side[at] = known[field] ?? Number.NaN
}
