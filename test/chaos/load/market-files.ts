import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bucketOf, type Calendar, closesBetween, loadCalendars } from '../../../catalog/calendar.ts'
import type { Timeframe } from '../../../catalog/timeframe.ts'
import { seededRandom } from '../../streams/support/random.ts'

/** How much of a market to write: sessions before the steady part and in it, all from one seed. */
export type MarketSize = { readonly seed: number; readonly historySessions: number; readonly steadySessions: number }

type Cells = Readonly<Record<string, string | number>>
type Span = { readonly timeframe: Timeframe; readonly openMs: number; readonly closeMs: number }

const dayMs = 86_400_000
const minuteMs = 60_000
const from = Date.parse('2004-01-05T00:00:00Z')
const until = Date.parse('2019-12-20T00:00:00Z')

/** Symbols with daily bars; those of the catalog have sectors, and are scored. The index is what they are measured against. */
const dailySymbols = ['AAPL', 'FB', 'GOOG', 'IBM', 'MSFT', 'IXIC', 'SPX', 'ELM', 'OAK'] as const
const equities = dailySymbols.slice(0, 5)
/** Has hourly bars in the steady part, of which the engine makes days. */
const hourlySymbol = 'HAZEL'
/** Has a bar a minute in a few hours: a hundred times what the others have. */
const hotSymbol = 'HOT'
const hotEverySessions = 9
const hotMinutes = 120

const iso = (ms: number): string => new Date(ms).toISOString()

function exchange(): Calendar {
  const calendar = loadCalendars().get('XNYS')
  if (!calendar) throw new Error('The catalog has no calendar XNYS')
  return calendar
}

function spanAt(calendar: Calendar, timeframe: Timeframe, closeMs: number): Span {
  const bucket = bucketOf(calendar, timeframe, closeMs - 1)
  if (!bucket) throw new Error(`No ${timeframe} bucket closes at ${iso(closeMs)}`)
  return { timeframe, ...bucket }
}

/** A random walk over spans, with a volume. */
function walk(symbol: string, spans: readonly Span[], random: () => number): Cells[] {
  let last = 40 + 60 * random()
  return spans.map(({ timeframe, openMs, closeMs }) => {
    const swing = timeframe === '1d' ? 0.04 : 0.01
    const open = last
    const close = open * (1 + swing * (random() - 0.49))
    const high = Math.max(open, close) * (1 + (swing / 3) * random())
    const low = Math.min(open, close) * (1 - (swing / 3) * random())
    last = Math.min(Math.max(close, 5), 5_000)
    const volume = Math.round(700_000 * (0.5 + random()))
    const times = { ts_open_utc: iso(openMs), ts_close_utc: iso(closeMs) }
    return { symbol, timeframe, ...times, open, high, low, close, volume }
  })
}

/** A dividend, earnings or a split of some symbol every few sessions, announced before. */
function eventLines(sessions: readonly Span[], random: () => number): Cells[] {
  return sessions.flatMap((session, place) => {
    if (place < 10 || place % 4 !== 0) return []
    const symbol = dailySymbols[Math.floor(random() * dailySymbols.length)] ?? 'ELM'
    const kind = ['dividend_ex', 'earnings', 'split'][Math.floor(random() * 3)] ?? 'earnings'
    const value = kind === 'split' ? 2 : kind === 'dividend_ex' ? 0.25 : ''
    const announced = sessions[place - 6]?.closeMs ?? session.openMs
    const times = { effective_at_utc: iso(session.openMs), known_at_utc: iso(announced + 11 * minuteMs) }
    return [{ symbol, event_type: kind, ...times, value, detail: '' }]
  })
}

function fundamentalLines(sessions: readonly Span[], random: () => number): Cells[] {
  return sessions.flatMap(({ openMs }, place) => {
    if (place % 15 !== 0) return []
    const period_end = iso(openMs - 40 * dayMs).slice(0, 10)
    const known_at_utc = iso(openMs - 90 * minuteMs)
    return equities.flatMap((symbol) =>
      ['eps_ttm', 'book_value_per_share', 'revenue_ttm'].map((item) => {
        return { symbol, item, period_end, value: 1 + 10 * random(), known_at_utc, unit: 'USD' }
      }),
    )
  })
}

function macroLines(sessions: readonly Span[], random: () => number): Cells[] {
  return sessions.flatMap(({ openMs }, place) => {
    if (place % 20 !== 0) return []
    const times = { period_end: iso(openMs - 30 * dayMs).slice(0, 10), known_at_utc: iso(openMs - 75 * minuteMs) }
    return ['growth', 'inflation'].map((series) => ({ series, ...times, value: 100 + random() }))
  })
}

function positionLines(sessions: readonly Span[], random: () => number): Cells[] {
  return sessions.flatMap(({ closeMs }, place) => {
    if (place % 5 !== 0) return []
    const times = { effective_at_utc: iso(closeMs), known_at_utc: iso(closeMs + 5 * minuteMs) }
    const account = { portfolio: 'main', equity: 60_000 + 1_000 * random(), flow: '' }
    return ['OAK', 'IBM'].map((symbol) => {
      return { symbol, quantity: 100, price: 50, average_entry: 48, ...account, ...times }
    })
  })
}

function quoteLines(hours: readonly Span[], random: () => number): Cells[] {
  return hours.flatMap(({ closeMs }, place) => {
    if (place % 6 !== 0) return []
    const at = iso(closeMs - minuteMs / 2)
    const bid = 50 + random()
    return [
      { symbol: hourlySymbol, effective_at_utc: at, known_at_utc: at, bid, ask: bid + 0.1, bid_size: 3, ask_size: 5 },
    ]
  })
}

function hotSpans(calendar: Calendar, sessions: readonly Span[]): Span[] {
  return sessions.flatMap(({ openMs }, place) => {
    if (place % hotEverySessions !== 3) return []
    return closesBetween(calendar, '1m', openMs, openMs + hotMinutes * minuteMs).map((close) => {
      return spanAt(calendar, '1m', close)
    })
  })
}

/**
 * Writes a market as files for `barline load`, the same for the same size: daily bars of several symbols and their index, then
 * hourly and minutely ones too, events, reported figures, macro values, positions and quotes. Gives the paths, and the time
 * at which the steady part begins.
 */
export function writeMarket(
  dir: string,
  { seed, historySessions, steadySessions }: MarketSize,
): { readonly paths: readonly string[]; readonly steadyFromMs: number } {
  const random = seededRandom(seed)
  const calendar = exchange()
  const sessions = closesBetween(calendar, '1d', from, until)
    .slice(0, historySessions + steadySessions)
    .map((close) => spanAt(calendar, '1d', close))
  const steady = sessions.slice(historySessions)
  const steadyFromMs = steady[0]?.openMs ?? until
  const hours = steady.flatMap(({ openMs, closeMs }) =>
    closesBetween(calendar, '1h', openMs, closeMs).map((close) => spanAt(calendar, '1h', close)),
  )
  const kinds = {
    events: eventLines(sessions, random),
    fundamentals: fundamentalLines(sessions, random),
    macro: macroLines(sessions, random),
    positions: positionLines(sessions, random),
    quotes: quoteLines(hours, random),
    bars: [
      ...dailySymbols.flatMap((symbol) => walk(symbol, sessions, random)),
      ...walk(hourlySymbol, hours, random),
      ...walk(hotSymbol, hotSpans(calendar, steady), random),
    ],
  }
  const paths = Object.entries(kinds).flatMap(([kind, lines]) => {
    const [first] = lines
    if (!first) return []
    const path = join(dir, `market-${kind}.csv`)
    const rows = [Object.keys(first), ...lines.map((line) => Object.values(line))]
    writeFileSync(path, `${rows.map((row) => row.join(',')).join('\n')}\n`)
    return [path]
  })
  return { paths, steadyFromMs }
}
