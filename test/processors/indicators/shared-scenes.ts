import { parseTimeframe } from '../../../catalog/timeframe.ts'
import { createIndicatorEngine } from '../../../processors/indicators/engine.ts'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import { readBars, readTable, type Series } from './shared-data.ts'
import { foldSurrounded, type SideValues, type SurroundedBar } from './surroundings.ts'
import { withDependencies } from './whole-catalog.ts'

/** Shared files that {@link sharedScenes} reads. */
export const SCENE_FILES = [
  'data/bars/us-equity-adj_1d.csv.gz',
  'data/bars/us-equity-raw_1d.csv.gz',
  'data/bars/us-equity_1m.csv.gz',
  'data/bars/us-index_1d.csv.gz',
  'data/bars/crypto_1d.csv.gz',
  'data/bars/crypto_1h.csv.gz',
  'data/events/corporate_events.csv.gz',
  'data/sp500-shiller/data.csv.gz',
]

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MINUTE_MS = 60_000

/** Series of the shared data with what the shared data has around them, by name. */
export function sharedScenes(): Map<string, SurroundedBar[]> {
  const adjusted = readBars('us-equity-adj_1d')
  const raw = readBars('us-equity-raw_1d')
  const index = readBars('us-index_1d')
  const crypto = readBars('crypto_1h')
  const levels = closesByDate(seriesOf(index, 'SPX,1d'))
  const benchmark = (date: string): SideValues => ({ 'benchmark.close': levels.get(date) ?? Number.NaN })
  return new Map([
    ['AAPL days with dividends and splits', days(seriesOf(adjusted, 'AAPL,1d'), eventsOf('AAPL'))],
    ['TSLA days with earnings releases', days(seriesOf(raw, 'TSLA,1d', 0, 400), eventsOf('TSLA'))],
    ['MSFT days beside the S&P 500', days(seriesOf(adjusted, 'MSFT,1d', -400), benchmark)],
    ['S&P 500 days with earnings, dividends and consumer prices', days(seriesOf(index, 'SPX,1d', 0, 4000), monthsOf())],
    ['SPY minutes', intraday(seriesOf(readBars('us-equity_1m'), 'SPY,1m'), 14.5 * HOUR_MS, 6.5 * HOUR_MS + MINUTE_MS)],
    ['BTC hours beside its days', intraday(seriesOf(crypto, 'BTC-EUR,1h', -3000), 0, DAY_MS, dailyVolatility())],
  ])
}

function seriesOf(all: ReadonlyMap<string, Series>, key: string, from = 0, to?: number): Series {
  const series = all.get(key)
  if (series === undefined) throw new Error(`no bars of ${key}`)
  return { ...series, dates: series.dates.slice(from, to), bars: series.bars.slice(from, to) }
}

/** Daily bars, a session each. `around` is asked by date and place of the session. */
function days(
  series: Series,
  around: (date: string, session: number, dates: readonly string[]) => SideValues,
): SurroundedBar[] {
  const dates = series.dates.map((date) => date.slice(0, 10))
  return series.bars.map((bar, ordinal) => {
    const openMs = Date.parse(series.dates[ordinal] ?? '')
    const closeMs = openMs + DAY_MS
    const session = { ordinal, bar: 0, openMs, closeMs, dayOfWeek: (new Date(openMs).getUTCDay() + 6) % 7 }
    return { ...bar, timeframe: '1d', tsClose: closeMs, session, side: around(dates[ordinal] ?? '', ordinal, dates) }
  })
}

/** Bars in sessions that open at a time of the UTC day. */
function intraday(
  series: Series,
  opensAt: number,
  sessionMs: number,
  around: (tsClose: number) => SideValues = () => ({}),
): SurroundedBar[] {
  const timeframe = parseTimeframe(series.timeframe)
  if (timeframe === undefined) throw new Error(`no timeframe ${series.timeframe}`)
  const barMs = timeframe === '1m' ? MINUTE_MS : HOUR_MS
  return series.bars.map((bar, index) => {
    const openedMs = Date.parse(series.dates[index] ?? '')
    const day = Math.floor((openedMs - opensAt) / DAY_MS)
    const openMs = day * DAY_MS + opensAt
    const tsClose = openedMs + barMs
    // 1970-01-01 was a Thursday.
    const session = {
      ordinal: day,
      bar: Math.floor((openedMs - openMs) / barMs),
      openMs,
      closeMs: openMs + sessionMs,
      dayOfWeek: (day + 3) % 7,
    }
    return { ...bar, timeframe, tsClose, session, side: around(tsClose) }
  })
}

/** Distances in sessions to the events of a symbol, as if each had been known long before. */
function eventsOf(symbol: string) {
  const types: Readonly<Record<string, string>> = {
    earnings_release: 'earnings',
    dividend: 'dividend_ex',
    split: 'split',
  }
  const dates = new Map<string, string[]>()
  for (const [name = '', type = '', , date = ''] of readTable('data/events/corporate_events.csv.gz').rows) {
    const field = types[type]
    if (name === symbol && field !== undefined) dates.set(field, [...(dates.get(field) ?? []), date])
  }
  return (date: string, session: number, sessions: readonly string[]): SideValues => {
    const side: Partial<Record<SideField, number>> = {}
    for (const [type, all] of dates) {
      const sorted = all.toSorted()
      const next = sessions.indexOf(sorted.find((one) => one >= date) ?? '')
      const last = sessions.indexOf(sorted.findLast((one) => one < date) ?? '')
      side[`event.${type}.next` as SideField] = next < 0 ? Number.NaN : next - session
      side[`event.${type}.last` as SideField] = last < 0 ? Number.NaN : session - last
    }
    return side
  }
}

/** The daily volatility that is known at an hour. */
function dailyVolatility(): (tsClose: number) => SideValues {
  const series = seriesOf(readBars('crypto_1d'), 'BTC-EUR,1d')
  const bars = days(series, () => ({}))
  const rows = foldSurrounded(createIndicatorEngine(withDependencies(['realized_vol_20'])), bars)
  return (tsClose) => {
    const newest = bars.findLastIndex((bar) => bar.tsClose <= tsClose)
    return { 'realized_vol_20.value@1d': rows[newest]?.[0] ?? Number.NaN }
  }
}

/**
 * What the S&P 500 earned and paid over a year, and z-scores over 60 months of the yearly changes of its earnings, for growth, and of
 * consumer prices; each month is known two months later.
 */
function monthsOf(): (date: string) => SideValues {
  const { header, rows } = readTable('data/sp500-shiller/data.csv.gz')
  const months = rows.map(([date = '']) => date.slice(0, 7))
  const valuesOf = (name: string) => rows.map((row) => Number(row[header.indexOf(name)]))
  const changes = (values: readonly number[]) =>
    values.map((value, index) => value / (values[index - 12] ?? Number.NaN) - 1)
  const earnings = valuesOf('Earnings')
  const dividends = valuesOf('Dividend')
  const growth = changes(earnings)
  const inflation = changes(valuesOf('Consumer Price Index'))
  return (date) => {
    const known = months.indexOf(date.slice(0, 7)) - 2
    return {
      'fundamental.eps_ttm': earnings[known] ?? Number.NaN,
      'fundamental.eps_ttm_prev_year': earnings[known - 12] ?? Number.NaN,
      'fundamental.dividends_per_share_annualized': dividends[known] ?? Number.NaN,
      'macro.growth_z': zScore(growth.slice(known - 59, known + 1)),
      'macro.inflation_z': zScore(inflation.slice(known - 59, known + 1)),
    }
  }
}

/** Distance of the last value from the mean of all, in standard deviations (ddof 1). */
function zScore(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return ((values.at(-1) ?? Number.NaN) - mean) / Math.sqrt(squares / (values.length - 1))
}

function closesByDate({ dates, bars }: Series): Map<string, number> {
  return new Map(dates.map((date, index) => [date.slice(0, 10), bars[index]?.close ?? Number.NaN]))
}
