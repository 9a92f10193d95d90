import { expect, it } from '@jest/globals'
import { INTRADAY_DURATION_MS, type IntradayTimeframe, type Timeframe } from '../../../catalog/timeframe.ts'
import type { ClosedBar } from '../../../processors/timeframes/timeframes.ts'
import { describeWithShared, readBars, type Series } from '../indicators/shared-data.ts'
import { aggregation, DAY, HOUR } from './bars.ts'

const files = ['crypto_1h', 'crypto_1d', 'crypto_1m', 'us-equity_1h', 'us-equity_1m']

/** Start and end of the bucket of an instant, computed without the catalog; undefined = no session. */
type Span = (ms: number) => { readonly from: number; readonly to: number } | undefined

const utc =
  (length: number, offset = 0): Span =>
  (ms) => {
    const from = Math.floor((ms - offset) / length) * length + offset
    return { from, to: from + length }
  }

const MONDAY = 4 * DAY

/** Days on which New York closed at 13:00, and weekdays on which it did not open, in the years of the data. */
const HALF_DAYS = new Set(['2022-11-25', '2024-07-03', '2024-11-29', '2024-12-24'])
const HOLIDAYS = new Set(
  (
    '2022-01-17 2022-02-21 2022-04-15 2022-05-30 2022-06-20 2022-07-04 2022-09-05 2022-11-24 2022-12-26 ' +
    '2024-01-01 2024-01-15 2024-02-19 2024-03-29 2024-05-27 2024-06-19 2024-07-04 2024-09-02 2024-11-28 2024-12-25'
  ).split(' '),
)

const newYork = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'America/New_York',
  dateStyle: 'short',
  timeStyle: 'medium',
})

/** The session of New York that holds an instant. */
const session: Span = (ms) => {
  const [date = '', time = ''] = newYork.format(ms).split(' ')
  const sinceMidnight = Date.parse(`1970-01-01T${time}Z`)
  const midnight = ms - sinceMidnight
  const weekday = new Date(`${date}T00:00Z`).getUTCDay()
  const from = midnight + 9.5 * HOUR
  const to = midnight + (HALF_DAYS.has(date) ? 13 : 16) * HOUR
  if (weekday === 0 || weekday === 6 || HOLIDAYS.has(date) || ms < from || ms >= to) return undefined
  return { from, to }
}

const within =
  (outer: Span, length: number): Span =>
  (ms) => {
    const span = outer(ms)
    if (span === undefined) return undefined
    const from = span.from + Math.floor((ms - span.from) / length) * length
    return { from, to: Math.min(from + length, span.to) }
  }

function barsOf({ timeframe, dates, bars }: Series): ClosedBar[] {
  const arriving = timeframe as IntradayTimeframe
  return bars.map((bar, index) => {
    const tsOpen = Date.parse(dates[index] ?? '')
    return { timeframe: arriving, ts_open: tsOpen, ts: tsOpen + INTRADAY_DURATION_MS[arriving], ...bar }
  })
}

/** What the bars of a timeframe should be: every group of bars by its span, without a first group that is cut. */
function grouped(bars: readonly ClosedBar[], timeframe: Timeframe, spanOf: Span): ClosedBar[] {
  const groups = new Map<number, { to: number; bars: ClosedBar[] }>()
  for (const bar of bars) {
    // A bar belongs where it opens; one that opens before a session and ends in it, to the session's start.
    let at = bar.ts_open
    while (at < bar.ts && spanOf(at) === undefined) at += 60_000
    const span = at < bar.ts ? spanOf(at) : undefined
    if (span === undefined) continue
    const group = groups.get(span.from) ?? { to: span.to, bars: [] }
    group.bars.push(bar)
    groups.set(span.from, group)
  }
  const firstIsCut = (bars[0]?.ts_open ?? 0) > Math.min(...groups.keys())
  return [...groups].slice(firstIsCut ? 1 : 0).map(([from, { to, bars: members }]) => ({
    timeframe,
    ts_open: from,
    ts: to,
    open: members[0]?.open ?? Number.NaN,
    high: Math.max(...members.map(({ high }) => high)),
    low: Math.min(...members.map(({ low }) => low)),
    close: members.at(-1)?.close ?? Number.NaN,
    volume: members.reduce((sum, { volume }) => sum + volume, 0),
  }))
}

function expectSame(actual: readonly ClosedBar[], expected: readonly ClosedBar[]): void {
  const exact = (bars: readonly ClosedBar[]) => bars.map((bar) => ({ ...bar, volume: 0 }))
  expect(exact(actual)).toEqual(exact(expected))
  for (const [index, { volume }] of actual.entries()) {
    const wanted = expected[index]?.volume ?? Number.NaN
    expect(Math.abs(volume - wanted)).toBeLessThanOrEqual(1e-12 * wanted)
  }
}

/** All that the bars of a series become, the unfinished buckets at its end included. */
function aggregated(series: Series, calendar: string): ClosedBar[] {
  const { bars, marker } = aggregation(calendar)
  const arrived = barsOf(series)
  return [...bars(arrived), ...marker((arrived.at(-1)?.ts ?? 0) + 14 * DAY)]
}

const of = (bars: readonly ClosedBar[], timeframe: Timeframe) => bars.filter((bar) => bar.timeframe === timeframe)

describeWithShared(
  'real bars',
  files.map((name) => `data/bars/${name}.csv.gz`),
  () => {
    it.each(['BTC-EUR', 'ETH-EUR', 'ADA-EUR'])('of %s: hours become days and weeks, gaps or not', (symbol) => {
      const series = readBars('crypto_1h').get(`${symbol},1h`)
      if (series === undefined) throw new Error(`no ${symbol}`)
      const closed = aggregated(series, 'CRYPTO')
      const days = of(closed, '1d')
      expect(days.length).toBeGreaterThan(700)
      const hours = barsOf(series)
      expectSame(days, grouped(hours, '1d', utc(DAY)))
      expectSame(of(closed, '1w'), grouped(days, '1w', utc(7 * DAY, MONDAY)))
    })

    it('of BTC-EUR: days equal the bars of the exchange wherever no hour is missing', () => {
      const series = readBars('crypto_1h').get('BTC-EUR,1h')
      const exchange = readBars('crypto_1d').get('BTC-EUR,1d')
      if (series === undefined || exchange === undefined) throw new Error('no BTC-EUR')
      const hours = new Map<number, number>()
      for (const { ts_open: open } of barsOf(series)) {
        const day = Math.floor(open / DAY) * DAY
        hours.set(day, (hours.get(day) ?? 0) + 1)
      }
      const days = new Map(of(aggregated(series, 'CRYPTO'), '1d').map((bar) => [bar.ts_open, bar]))
      let compared = 0
      for (const [index, bar] of exchange.bars.entries()) {
        const start = Date.parse(exchange.dates[index] ?? '')
        const day = days.get(start)
        if (hours.get(start) !== 24 || day === undefined) continue
        expectSame([day], [{ timeframe: '1d', ts_open: start, ts: start + DAY, ...bar }])
        compared += 1
      }
      expect(compared).toBe(875)
    })

    it('of New York: hours become days over changes of the clocks, half days and missing hours', () => {
      const series = readBars('us-equity_1h').get('URTH,1h')
      if (series === undefined) throw new Error('no URTH')
      const days = of(aggregated(series, 'XNYS'), '1d')
      expectSame(days, grouped(barsOf(series), '1d', session))
      const closes = new Set(days.map(({ ts }) => new Date(ts).toISOString().slice(11, 16)))
      expect([...closes].sort()).toEqual(['17:00', '18:00', '20:00', '21:00'])
    })

    it.each([
      ['crypto_1m', 'DASH-USDT', 'CRYPTO', utc],
      ['us-equity_1m', 'SPY', 'XNYS', (length: number) => (length === DAY ? session : within(session, length))],
    ] as const)('of %s: minutes become 5 and 15 minutes, hours and days', (file, symbol, calendar, spanOf) => {
      const series = readBars(file).get(`${symbol},1m`)
      if (series === undefined) throw new Error(`no ${symbol}`)
      const minutes = barsOf(series)
      const closed = aggregated(series, calendar)
      const lengths = { ...INTRADAY_DURATION_MS, '1d': DAY }
      for (const timeframe of ['5m', '15m', '1h', '1d'] as const) {
        const expected = grouped(minutes, timeframe, spanOf(lengths[timeframe]))
        expect(expected.length).toBeGreaterThan(3)
        expectSame(of(closed, timeframe), expected)
      }
    })
  },
)
