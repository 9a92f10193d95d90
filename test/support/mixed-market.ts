import { bucketOf, type Calendar, closesBetween, loadCalendars } from '../../catalog/calendar.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'
import { seededRandom } from '../streams/support/random.ts'

/** A bar of the market; times in UTC epoch milliseconds. `knownAt` only where it is not the close and the usual delay. */
export type MixedBar = {
  readonly symbol: string
  readonly timeframe: Timeframe
  readonly tsOpen: number
  readonly ts: number
  readonly knownAt?: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

const SECOND = 1_000

/** Daily bars alone; the index is what they are measured against. */
export const dailySymbols = ['ASH', 'ELM', 'FIR', 'HAZEL', 'LARCH', 'MAPLE', 'OAK', 'PINE', 'YEW'] as const

/** Daily bars at first, then hourly ones of which the engine makes the days. */
export const hourlySymbols = ['HALVED', 'SILENT', 'TARDY'] as const

/** Trades around the clock, by another calendar than the others. */
export const roundTheClock = 'COIN'

/** How long after its close an ordinary bar is known. */
export const usualDelayMs = SECOND

/** How long after their close bars of `TARDY` are known; the grace is 60 seconds. */
export const tardyDelayMs = 45 * SECOND

const from = Date.parse('2023-09-18T00:00:00Z')
const until = Date.parse('2023-12-23T00:00:00Z')

function calendarNamed(id: string): Calendar {
  const calendar = loadCalendars().get(id)
  if (calendar === undefined) throw new Error(`no calendar ${id}`)
  return calendar
}

const exchange = calendarNamed('XNYS')
const clock = calendarNamed('CRYPTO')

/** The sessions of the exchange, among them half a day and the end of summer time. */
export const sessions = closesBetween(exchange, '1d', from, until).map((closeMs) => spanOf(exchange, '1d', closeMs))

/** Place of the first session of which there are hourly bars. */
export const firstHourly = sessions.length - 26

/** The session before whose open `HALVED` is split two for one. */
export const splitSession = sessionAt(sessions.length - 12)

/** `SILENT` has three bars of this session and nothing after. */
export const silentSession = sessionAt(sessions.length - 8)

/** The bar of `YEW` of this session is known when the grace ends, and that of `PINE` a little later, which is too late. */
export const edgeSession = sessionAt(sessions.length - 5)

/** The session at this place. */
export function sessionAt(place: number): { readonly openMs: number; readonly closeMs: number } {
  const session = sessions[place]
  if (session === undefined) throw new RangeError(`There is no session ${place}`)
  return session
}

function spanOf(calendar: Calendar, timeframe: Timeframe, closeMs: number) {
  const bucket = bucketOf(calendar, timeframe, closeMs - 1)
  if (bucket === undefined) throw new Error(`no ${timeframe} bucket closes at ${closeMs}`)
  return bucket
}

function hoursOf(calendar: Calendar, openMs: number, closeMs: number) {
  return closesBetween(calendar, '1h', openMs, closeMs).map((close) => spanOf(calendar, '1h', close))
}

type Span = { readonly timeframe: Timeframe; readonly openMs: number; readonly closeMs: number }

/** A random walk over spans. Prices and volumes are those of the day: a split shows in them. */
function walk(symbol: string, spans: readonly Span[]): MixedBar[] {
  const random = seededRandom([...symbol].reduce((seed, letter) => seed * 31 + letter.charCodeAt(0), 7))
  let last = 40 + 60 * random()
  let units = 1
  return spans.map(({ timeframe, openMs, closeMs }) => {
    if (symbol === 'HALVED' && openMs >= splitSession.openMs && units === 1) {
      units = 2
      last /= 2
    }
    const scale = timeframe === '1d' ? 0.04 : 0.015
    const open = last
    const close = open * (1 + scale * (random() - 0.49))
    const high = Math.max(open, close) * (1 + (scale / 3) * random())
    const low = Math.min(open, close) * (1 - (scale / 3) * random())
    last = close
    const volume = Math.round(units * (timeframe === '1d' ? 700_000 : 100_000) * (0.5 + random()))
    return { symbol, timeframe, tsOpen: openMs, ts: closeMs, open, high, low, close, volume }
  })
}

const daily = (spans: readonly { openMs: number; closeMs: number }[]): Span[] =>
  spans.map((span) => ({ timeframe: '1d', ...span }))

function exchangeSpans(isHourly: boolean): Span[] {
  if (!isHourly) return daily(sessions)
  const hours = sessions.slice(firstHourly).flatMap(({ openMs, closeMs }) => hoursOf(exchange, openMs, closeMs))
  return [...daily(sessions.slice(0, firstHourly)), ...hours.map((hour): Span => ({ timeframe: '1h', ...hour }))]
}

function clockSpans(): Span[] {
  const days = closesBetween(clock, '1d', from, until).map((closeMs) => spanOf(clock, '1d', closeMs))
  const hourly = days.slice(-6)
  const hours = hourly.flatMap(({ openMs, closeMs }) => hoursOf(clock, openMs, closeMs))
  return [...daily(days.slice(0, -6)), ...hours.map((hour): Span => ({ timeframe: '1h', ...hour }))]
}

function delayed(bar: MixedBar): MixedBar {
  const { symbol, ts } = bar
  if (symbol === 'TARDY') return { ...bar, knownAt: ts + tardyDelayMs }
  if (ts !== edgeSession.closeMs) return bar
  if (symbol === 'YEW') return { ...bar, knownAt: ts + 60 * SECOND }
  return symbol === 'PINE' ? { ...bar, knownAt: ts + 61 * SECOND } : bar
}

function isHeard({ symbol, ts }: MixedBar): boolean {
  if (symbol !== 'SILENT') return true
  return ts <= silentSession.openMs + 3 * 3_600 * SECOND
}

/** Bars of all symbols and of the index; with `clock`, of the symbol that trades around the clock too. */
export function mixedBars({ withClock }: { readonly withClock: boolean }): readonly MixedBar[] {
  const listed = [...dailySymbols, 'SPX'].flatMap((symbol) => walk(symbol, exchangeSpans(false)))
  const intraday = hourlySymbols.flatMap((symbol) => walk(symbol, exchangeSpans(true)))
  const around = withClock ? walk(roundTheClock, clockSpans()) : []
  return [...listed, ...intraday, ...around].map(delayed).filter(isHeard)
}
