import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  dailySymbols,
  firstHourly,
  hourlySymbols,
  type MixedBar,
  mixedBars,
  sessionAt,
  sessions,
  splitSession,
  usualDelayMs,
} from './mixed-market.ts'

/** A line of a file, and when its record is known; UTC epoch milliseconds. */
type Line = { readonly knownAt: number; readonly cells: Readonly<Record<string, string | number>> }

/**
 * Which part of the input to write: what is known in [`knownFrom`, `knownBefore`), with or without the symbol around the clock, and of
 * bars those that open at `barsFrom` or later. Times in UTC epoch milliseconds.
 */
export type MixedPart = {
  readonly withClock: boolean
  readonly barsFrom?: number
  readonly knownFrom?: number
  readonly knownBefore?: number
}

const DAY = 86_400_000
const MINUTE = 60_000

/** Figures are from before the first session, and the time is no bar's close. */
const beforeSessions = sessionAt(0).openMs - DAY

/** The earnings of `ASH`: announced long before, reported after the close of this session. */
export const earningsSession = sessionAt(40)

/** The earnings per share of `ELM`, restated for the same period while this session is open. */
export const restatement = { session: sessionAt(45), before: 4, after: 2.5 } as const

/** The session whose macro release is announced. */
export const macroSession = sessionAt(50)

/** A time between two closes, by which a load can be cut in two. */
export const cutTime = sessionAt(firstHourly + 6).closeMs + 10 * MINUTE

const iso = (ms: number): string => new Date(ms).toISOString()

function bar({ symbol, timeframe, tsOpen, ts, knownAt, open, high, low, close, volume }: MixedBar): Line {
  const times = {
    ts_open_utc: iso(tsOpen),
    ts_close_utc: iso(ts),
    known_at_utc: knownAt === undefined ? '' : iso(knownAt),
  }
  const cells = { symbol, timeframe, ...times, open, high, low, close, volume }
  return { knownAt: knownAt ?? ts + usualDelayMs, cells }
}

function event(
  symbol: string,
  event_type: string,
  at: number,
  knownAt: number,
  value: number | '' = '',
  detail = '',
): Line {
  return {
    knownAt,
    cells: { symbol, event_type, effective_at_utc: iso(at), known_at_utc: iso(knownAt), value, detail },
  }
}

/** Splits, one of which is cancelled, a dividend, earnings that are moved, and a release that concerns the whole market. */
function eventLines(): Line[] {
  const announced = splitSession.openMs - 5 * DAY
  return [
    event('HALVED', 'split', splitSession.openMs, announced, 2),
    event('OAK', 'split', sessionAt(30).openMs, beforeSessions, 3),
    event('OAK', 'split', sessionAt(30).openMs, sessionAt(20).openMs, '', 'cancelled'),
    event('FIR', 'dividend_ex', sessionAt(35).openMs, sessionAt(25).openMs, 0.5),
    event('ASH', 'earnings', sessionAt(30).openMs, beforeSessions),
    event('ASH', 'earnings', sessionAt(30).openMs, sessionAt(25).openMs, '', 'cancelled'),
    event('ASH', 'earnings', earningsSession.closeMs, sessionAt(25).openMs),
    event('*', 'macro_high', macroSession.openMs - 60 * MINUTE, sessionAt(10).openMs),
  ]
}

function figure(symbol: string, item: string, period_end: string, value: number, knownAt: number): Line {
  return { knownAt, cells: { symbol, item, period_end, value, known_at_utc: iso(knownAt), unit: 'USD' } }
}

/** Figures of all listed symbols, a restatement, and earnings that surprise. */
function fundamentalLines(): Line[] {
  const listed = [...dailySymbols, ...hourlySymbols]
  const first = listed.flatMap((symbol, place) => {
    const figures = {
      eps_ttm: symbol === 'ELM' ? restatement.before : 2 + place / 4,
      eps_ttm_prev_year: 1.9,
      book_value_per_share: 20 + place,
      dividends_per_share_annualized: place / 8,
      revenue_ttm: 1e9 + 1e7 * place,
      revenue_ttm_prev_year: 9.8e8,
      total_debt: 3e8,
      total_equity: 8e8 + 1e7 * place,
    }
    return Object.entries(figures).map(([item, value]) => figure(symbol, item, '2023-06-30', value, beforeSessions))
  })
  const midday = restatement.session.openMs + 90 * MINUTE
  const reported = earningsSession.closeMs + 10 * MINUTE
  return [
    ...first,
    figure('ELM', 'eps_ttm', '2023-06-30', restatement.after, midday),
    figure('ASH', 'eps_consensus', '2023-09-30', 0.6, beforeSessions + 20 * DAY),
    figure('ASH', 'eps_actual', '2023-09-30', 0.8, reported),
    figure('ASH', 'eps_ttm', '2023-09-30', 2.4, reported),
  ]
}

/** Seven years of monthly values, published at once, and two later releases, the second with a revision of the first. */
function macroLines(): Line[] {
  const value = (series: string, month: number): number =>
    100 + month * (series === 'growth' ? 0.2 : 0.3) + 2 * Math.sin(month / (series === 'growth' ? 5 : 7))
  const line = (series: string, month: number, knownAt: number, shift = 0): Line => {
    const period_end = iso(Date.UTC(2016, 8 + month, 0))
    return { knownAt, cells: { series, period_end, value: value(series, month) + shift, known_at_utc: iso(knownAt) } }
  }
  return ['growth', 'inflation'].flatMap((series) => [
    ...Array.from({ length: 84 }, (_, month) => line(series, month, beforeSessions)),
    line(series, 84, sessionAt(15).openMs - 60 * MINUTE),
    line(series, 84, macroSession.openMs - 60 * MINUTE, 5),
    line(series, 85, macroSession.openMs - 60 * MINUTE),
  ])
}

/** A snapshot of the portfolio at every third close, in units of its time, with money paid in once. */
function positionLines(bars: readonly MixedBar[]): Line[] {
  const held = { OAK: 300, HALVED: 200, PINE: -100 }
  return sessions.flatMap(({ closeMs }, place) => {
    if (place % 3 !== 0) return []
    const equity = 60_000 + 1_000 * Math.sin(place / 4) + (place > 20 ? 5_000 : 0)
    const account = { portfolio: 'main', equity, flow: place === 21 ? 5_000 : '' }
    const times = { effective_at_utc: iso(closeMs), known_at_utc: iso(closeMs + 5 * MINUTE) }
    return Object.entries(held).map(([symbol, shares]): Line => {
      const units = symbol === 'HALVED' && closeMs > splitSession.openMs ? 2 : 1
      const price = bars.findLast((one) => one.symbol === symbol && one.ts <= closeMs)?.close ?? 50
      const position = { symbol, quantity: shares * units, price, average_entry: 50 / units }
      return { knownAt: closeMs + 5 * MINUTE, cells: { ...position, ...account, ...times } }
    })
  })
}

/** Quotes of the last ten sessions, half a minute before each hour ends. */
function quoteLines(bars: readonly MixedBar[]): Line[] {
  const quoted = bars.filter(({ symbol, timeframe, ts }) => {
    return symbol === 'HALVED' && timeframe === '1h' && ts > sessionAt(sessions.length - 10).openMs
  })
  return quoted.map(({ symbol, ts, close }) => {
    const at = ts - MINUTE / 2
    const sides = { bid: close * 0.999, ask: close * 1.001, bid_size: 300, ask_size: 500 }
    return { knownAt: at, cells: { symbol, effective_at_utc: iso(at), known_at_utc: iso(at), ...sides } }
  })
}

/**
 * Writes a mixed input as files for `barline load` with a delay of {@link usualDelayMs}, and gives their paths: bars of several
 * timeframes and calendars, events, reported figures, macro series, positions and quotes. A kind of which nothing is in the part has no file.
 */
export function writeMixedInput(dir: string, name: string, part: MixedPart): string[] {
  const { withClock, knownFrom = Number.NEGATIVE_INFINITY, knownBefore = Number.POSITIVE_INFINITY } = part
  const { barsFrom = Number.NEGATIVE_INFINITY } = part
  const bars = mixedBars({ withClock }).filter(({ tsOpen }) => tsOpen >= barsFrom)
  const kinds = {
    events: eventLines(),
    fundamentals: fundamentalLines(),
    macro: macroLines(),
    positions: positionLines(bars),
    quotes: quoteLines(bars),
    bars: bars.map(bar),
  }
  return Object.entries(kinds).flatMap(([kind, lines]) => {
    const kept = lines.filter(({ knownAt }) => knownAt >= knownFrom && knownAt < knownBefore)
    const [first] = kept
    if (first === undefined) return []
    const path = join(dir, `${name}-${kind}.csv`)
    const rows = [Object.keys(first.cells), ...kept.map(({ cells }) => Object.values(cells))]
    writeFileSync(path, `${rows.map((row) => row.join(',')).join('\n')}\n`)
    return [path]
  })
}
