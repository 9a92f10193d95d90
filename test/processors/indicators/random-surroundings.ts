import fc from 'fast-check'
import type { Timeframe } from '../../../catalog/timeframe.ts'
import { unknownSession } from '../../../processors/indicators/bar.ts'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import { type Candle, candles, type Market, mulberry32 } from './candles.ts'
import type { SurroundedBar } from './surroundings.ts'

/**
 * A random market and what a random series around it looks like. `gaps` is the share of bars that open at half or double the price,
 * `scale` a factor on all prices, `complete` whether everything outside the bars is always known and makes sense.
 */
export type SurroundedMarket = Market & {
  readonly timeframe: Timeframe
  readonly gaps: number
  readonly scale: number
  readonly complete: boolean
}

const BARS_OF_SESSION = 7
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Powers of two, so that prices stay exactly halvable: about 1e12, 1e2 and 1e-6. */
export const SCALES = { huge: 2 ** 33, usual: 1, tiny: 2 ** -27 }

/** Random markets of `length` bars, half of them with flat and silent stretches, half with holes in what surrounds them. */
export function surroundedMarkets(length: number): fc.Arbitrary<SurroundedMarket> {
  const share = fc.constantFrom(0, 0, 0.3, 0.95)
  return fc.record({
    seed: fc.integer(),
    length: fc.constant(length),
    flat: share,
    silent: share,
    timeframe: fc.constantFrom<Timeframe>('1h', '1d'),
    gaps: fc.constantFrom(0, 0, 0.02),
    scale: fc.constant(SCALES.usual),
    complete: fc.boolean(),
  })
}

/** Markets in which every bar moves and trades, and everything is known. */
export function cleanSurroundedMarkets(length: number): fc.Arbitrary<SurroundedMarket> {
  return fc.record({
    seed: fc.integer(),
    length: fc.constant(length),
    flat: fc.constant(0),
    silent: fc.constant(0),
    timeframe: fc.constantFrom<Timeframe>('1h', '1d'),
    gaps: fc.constant(0),
    scale: fc.constant(SCALES.usual),
    complete: fc.constant(true),
  })
}

/** The bars of a market. */
export function surroundedBars(market: SurroundedMarket): SurroundedBar[] {
  const random = mulberry32(market.seed ^ 0x5bd1e995)
  return surround(shiftedCandles(market, random), market, random)
}

/** Candles with random surroundings of the market's kind. */
export function surround(
  bars: readonly Candle[],
  market: Pick<SurroundedMarket, 'timeframe' | 'complete'>,
  random: () => number,
): SurroundedBar[] {
  const places = sessionPlaces(bars.length, market, random)
  const side = sideValues(market, random)
  return bars.map((candle, index) => {
    const place = places[index]
    if (place === undefined) throw new Error('no place')
    const { tsClose, session, ordinal } = place
    return { ...candle, timeframe: market.timeframe, tsClose, session, side: side(candle, ordinal) }
  })
}

function shiftedCandles(market: SurroundedMarket, random: () => number): Candle[] {
  let factor = market.scale
  return candles(market).map(({ open, high, low, close, volume }) => {
    if (random() < market.gaps) factor *= factor >= market.scale ? 0.5 : 2
    return { open: open * factor, high: high * factor, low: low * factor, close: close * factor, volume }
  })
}

/** Sessions of 7 hours, or of a day on daily bars; now and then a bar or a session is missing, and, unless complete, the calendar. */
function sessionPlaces(
  length: number,
  { timeframe, complete }: Pick<SurroundedMarket, 'timeframe' | 'complete'>,
  random: () => number,
) {
  const perSession = timeframe === '1d' ? 1 : BARS_OF_SESSION
  let ordinal = 0
  let bar = -1
  let isKnown = true
  return Array.from({ length }, () => {
    bar += random() < 0.03 ? 2 : 1
    if (bar >= perSession) {
      bar = 0
      ordinal += random() < 0.02 ? 2 : 1
    }
    if (!complete && random() < 0.05) isKnown = !isKnown
    const openMs = ordinal * DAY_MS + 13.5 * HOUR_MS
    const closeMs = openMs + BARS_OF_SESSION * HOUR_MS
    const tsClose = timeframe === '1d' ? closeMs : openMs + (bar + 1) * HOUR_MS
    const session = isKnown ? { ordinal, bar, openMs, closeMs, dayOfWeek: ordinal % 5 } : unknownSession()
    return { tsClose, session, ordinal }
  })
}

/** What is known beside each bar. Unless the market is complete, sources fall silent for a while and figures may make no sense. */
function sideValues({ complete }: Pick<SurroundedMarket, 'complete'>, random: () => number) {
  const odd = (share: number) => !complete && random() < share
  const between = (low: number, high: number) => low + (high - low) * random()
  const silent = new Set<string>()
  const sources = ['benchmark', 'quote', 'fundamental', 'event', 'surprise', 'portfolio', 'position', 'macro', 'other']
  let benchmark = 3000
  let equity = 1e6
  let peak = equity
  let quantity = 0
  let entry = 0
  let quarter = -1
  let announcements = 0
  let reported: Partial<Record<SideField, number>> = {}
  const periods = { earnings: 21, macro_high: 10, dividend_ex: 17, split: 55 }

  const report = (close: number) => {
    announcements += 1
    const consensus = close * between(-0.005, 0.02)
    reported = {
      'fundamental.eps_ttm': close * (odd(0.3) ? between(-0.1, 0) : between(0.01, 0.1)),
      'fundamental.eps_ttm_prev_year': odd(0.2) ? 0 : close * between(0.01, 0.1) * (random() < 0.2 ? -1 : 1),
      'fundamental.book_value_per_share': close * (odd(0.2) ? -1 : between(0.1, 2)),
      'fundamental.dividends_per_share_annualized': close * (odd(0.1) ? between(1, 3) : between(0, 0.1)),
      'fundamental.revenue_ttm': between(1e6, 1e9),
      'fundamental.revenue_ttm_prev_year': odd(0.2) ? 0 : between(1e6, 1e9),
      'fundamental.total_debt': between(0, 1e9),
      'fundamental.total_equity': odd(0.2) ? -1e6 : between(1e6, 1e9),
      'surprise.count': announcements,
      'surprise.actual': consensus + close * between(-0.05, 0.05),
      'surprise.consensus': odd(0.2) ? Number.NaN : consensus,
    }
  }

  return ({ close }: Candle, ordinal: number): Partial<Record<SideField, number>> => {
    if (Math.floor(ordinal / periods.earnings) !== quarter) {
      quarter = Math.floor(ordinal / periods.earnings)
      report(close)
    }
    benchmark *= 1 + between(-0.02, 0.02)
    equity *= 1 + between(-0.03, 0.03)
    peak = Math.max(peak, equity)
    if (random() < 0.1) {
      quantity = random() < 0.3 ? 0 : Math.floor(between(-500, 500))
      entry = close * between(0.9, 1.1)
    }
    const half = close * between(0, 0.001) * (odd(0.05) ? -1 : 1)
    const values: Partial<Record<SideField, number>> = {
      'benchmark.close': benchmark,
      'quote.bid': close - half,
      'quote.ask': close + half,
      ...reported,
      'event.feed_age_days': complete ? Number.NaN : Math.floor(between(0, 10)),
      'surprise.sessions_since': ordinal % periods.earnings,
      'portfolio.age_sessions': complete ? Math.floor(between(0, 2)) : Math.floor(between(0, 4)),
      'portfolio.equity': odd(0.05) ? 0 : equity,
      'portfolio.gross_notional': equity * between(0, 2),
      'portfolio.net_notional': equity * between(-1, 1),
      'portfolio.peak_equity': peak,
      'portfolio.hhi': random(),
      'portfolio.top_weight': random(),
      'position.quantity': quantity,
      'position.notional': quantity * close,
      'position.average_entry': entry,
      'macro.growth_z': between(-2, 2),
      'macro.inflation_z': between(-2, 2),
      'realized_vol_20.value@1d': odd(0.05) ? 0 : between(0.1, 0.5),
      'structure_state_v1.state@15m': Math.floor(between(0, 4)),
      'structure_state_v1.state@1d': Math.floor(between(0, 4)),
      'trend_state_v1.score@15m': between(-1, 1),
      'trend_state_v1.score@1d': between(-1, 1),
      'trend_state_v1.state@15m': Math.floor(between(-2, 3)),
      'trend_state_v1.state@1d': Math.floor(between(-2, 3)),
    }
    for (const type of ['earnings', 'macro_high', 'dividend_ex', 'split'] as const) {
      const period = periods[type]
      const phase = ordinal % period
      values[`event.${type}.next`] = phase === 0 ? 0 : period - phase <= 10 ? period - phase : Number.NaN
      values[`event.${type}.last`] = ordinal < period ? Number.NaN : phase === 0 ? period : phase
    }
    if (complete) return values
    for (const source of sources) if (random() < 0.05) silent.has(source) ? silent.delete(source) : silent.add(source)
    return Object.fromEntries(Object.entries(values).filter(([field]) => !silent.has(sourceOf(field))))
  }
}

function sourceOf(field: string): string {
  return field.includes('@') ? 'other' : (field.split('.')[0] ?? '')
}
