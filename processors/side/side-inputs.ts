import type { Calendar } from '../../catalog/calendar.ts'
import type { SideField } from '../indicators/side-fields.ts'
import {
  MARKET_SYMBOL,
  TAPE_EVENT,
  TAPE_FUNDAMENTAL,
  TAPE_MACRO,
  TAPE_POSITION,
  TAPE_QUOTE,
  type TapeEvent,
  type TapeFundamental,
  type TapeMacro,
  type TapePosition,
  type TapeQuote,
} from '../ingest/tape-record.ts'
import { type FieldPlan, planFields } from './field-slots.ts'
import { constantAround, MACRO_SERIES, macroZScore, noteMacro } from './macro-releases.ts'
import { fillPortfolio, notePosition, rescaleHoldings } from './portfolio.ts'
import { fillQuote, noteQuote, rescaleQuotes } from './quotes.ts'
import { fillFigures, noteFigure, rescaleFigures } from './reported-figures.ts'
import { eventFeedAge, fillEvents, noteEvent } from './scheduled-events.ts'
import { createSessionIndex, type SessionIndex } from './session-index.ts'
import { emptySideState, type SideState, snapshotOf, stateOf } from './side-state.ts'
import { applySplit, noteSplit, splitFactorSince } from './split-units.ts'
import { fillSurprise, noteSurprise, rescaleSurprises } from './surprises.ts'
import { emptySymbolSide, type SymbolSide } from './symbol-side.ts'

/**
 * The side inputs of one partition, folded: events, reported figures, macro series, the portfolio and quotes. A record acts on
 * the first bar after it whose close is at or after both its `known_at` and its `ts` (a scheduled event: its `known_at` alone);
 * until then it waits here. Bars of a partition are in no common time order, so each is answered as of its own close, from a
 * history of `historyMs` behind the newest time seen; a bar from before that sees of market-wide inputs only what it may know and
 * is still kept, never what came later.
 */
export interface SideInputs {
  /** Takes a tape record other than a bar; false when the record name is not a side input. */
  take(recordName: string, value: Readonly<Record<string, unknown>>): boolean
  /**
   * Writes what is known for a bar of `symbol` that spans (`tsOpen`, `ts`] into `into`, in the order of `fields`; NaN = nothing.
   * Fields with '@' and `benchmark.close` are left alone. Times in UTC epoch milliseconds.
   */
  fill(symbol: string, tsOpen: number, ts: number, fields: readonly SideField[], into: Float64Array): void
  /**
   * Brings the per-share figures, quantities and quotes of a symbol that were stated before its split into the units after it;
   * call it when the split acts. `splitFactor` = new shares per old.
   */
  rescale(symbol: string, splitFactor: number): void
  /** All state as plain data that JSON keeps as it is. */
  snapshot(): unknown
  /** Takes the state of a snapshot. Throws RangeError on one that this version did not write. */
  restore(snapshot: unknown): void
}

/** What can be said otherwise of side inputs. */
export type SideSettings = {
  /** Series that stand for growth; the first of them that is on the tape counts. Default: {@link MACRO_SERIES}. */
  readonly growthSeries?: readonly string[]
  /** As `growthSeries`, for inflation. */
  readonly inflationSeries?: readonly string[]
  /** The portfolio of the deployment; by default the first one seen. */
  readonly portfolio?: string
  /**
   * Whether the event feed of a symbol is declared to send something every day, so that its silence can be told from there being
   * nothing to say; only then is `event.feed_age_days` written. Default: of no symbol.
   */
  readonly hasDailyEventFeed?: (symbol: string) => boolean
  /** How far behind the newest time seen a bar is still answered as of its close. Default: 7 days. */
  readonly historyMs?: number
}

/** What side inputs are made for; `calendarOf` gives the session calendar of a symbol. */
export type SideOptions = { readonly calendarOf: (symbol: string) => Calendar; readonly settings?: SideSettings }

const HISTORY_MS = 7 * 86_400_000

type KnownZScore = { readonly from: number; readonly until: number; readonly value: number }

/** Side inputs that have seen nothing. */
export function createSideInputs({ calendarOf, settings = {} }: SideOptions): SideInputs {
  const { growthSeries = MACRO_SERIES.growth, inflationSeries = MACRO_SERIES.inflation } = settings
  const { hasDailyEventFeed = () => false, historyMs = HISTORY_MS } = settings
  const macroSeries = new Set([...growthSeries, ...inflationSeries])
  let state: SideState = emptySideState(settings.portfolio ?? null)

  // What follows is computed from state and arguments alone, and kept because it is asked for at every bar.
  const plans = new WeakMap<readonly SideField[], FieldPlan>()
  const indexes = new Map<Calendar, SessionIndex>()
  const zScores = new Map<string, KnownZScore>()

  const planOf = (fields: readonly SideField[]): FieldPlan => {
    const known = plans.get(fields)
    if (known !== undefined) return known
    const plan = planFields(fields)
    plans.set(fields, plan)
    return plan
  }

  const sessionsOf = (symbol: string): SessionIndex => {
    const calendar = calendarOf(symbol)
    const known = indexes.get(calendar)
    if (known !== undefined) return known
    const index = createSessionIndex(calendar)
    indexes.set(calendar, index)
    return index
  }

  const sideOf = (symbol: string): SymbolSide => {
    const known = state.symbols.get(symbol)
    if (known !== undefined) return known
    const fresh = emptySymbolSide()
    state.symbols.set(symbol, fresh)
    return fresh
  }

  const factorSince = (symbol: string, ts: number): number => splitFactorSince(state.symbols.get(symbol)?.splits, ts)

  const zScore = (series: readonly string[], ts: number): number => {
    const id = series.find((one) => state.macro.has(one))
    const releases = id === undefined ? undefined : state.macro.get(id)
    if (id === undefined || releases === undefined) return Number.NaN
    const known = zScores.get(id)
    if (known !== undefined && known.from <= ts && ts < known.until) return known.value
    const value = macroZScore(releases, ts)
    zScores.set(id, { ...constantAround(releases, ts), value })
    return value
  }

  const takers: Readonly<Record<string, (value: unknown, horizonMs: number) => void>> = {
    [TAPE_EVENT](value, horizonMs) {
      const event = value as TapeEvent
      const side = sideOf(event.symbol)
      noteEvent(side.events, event, horizonMs)
      if (event.event_type === 'split') noteSplit(side.splits, event)
    },
    [TAPE_FUNDAMENTAL](value, horizonMs) {
      const report = value as TapeFundamental
      const side = sideOf(report.symbol)
      const factor = splitFactorSince(side.splits, report.ts)
      if (!noteSurprise(side.surprises, report, factor, horizonMs)) noteFigure(side.figures, report, factor, horizonMs)
    },
    [TAPE_MACRO](value, horizonMs) {
      const observation = value as TapeMacro
      if (!macroSeries.has(observation.series)) return
      const releases = state.macro.get(observation.series) ?? []
      state.macro.set(observation.series, releases)
      noteMacro(releases, observation, horizonMs)
      zScores.delete(observation.series)
    },
    [TAPE_POSITION](value, horizonMs) {
      const position = value as TapePosition
      notePosition(state.portfolio, position, factorSince(position.symbol, position.ts), horizonMs)
    },
    [TAPE_QUOTE](value) {
      const quote = value as TapeQuote
      const side = sideOf(quote.symbol)
      noteQuote(side.quotes, quote, splitFactorSince(side.splits, quote.ts))
    },
  }

  return {
    take(recordName, value) {
      const taker = Object.hasOwn(takers, recordName) ? takers[recordName] : undefined
      if (taker === undefined) return false
      state.newestMs = Math.max(state.newestMs, Number(value.known_at))
      taker(value, state.newestMs - historyMs)
      return true
    },
    fill(symbol, tsOpen, ts, fields, into) {
      if (ts > state.newestMs) state.newestMs = ts
      const { slots, own, wants } = planOf(fields)
      for (const slot of own) into[slot] = Number.NaN
      const side = state.symbols.get(symbol)
      const market = state.symbols.get(MARKET_SYMBOL)
      if (wants.event && (side !== undefined || market !== undefined)) {
        const books = [side?.events, market?.events]
        fillEvents(books, sessionsOf(symbol), ts, slots, into)
        const age = slots['event.feed_age_days']
        if (age !== undefined && hasDailyEventFeed(symbol)) into[age] = eventFeedAge(books, ts)
      }
      if (side !== undefined) {
        if (wants.fundamental) fillFigures(side.figures, ts, slots, into)
        if (wants.surprise) fillSurprise(side.surprises, sessionsOf(symbol), ts, slots, into)
        if (wants.quote) fillQuote(side.quotes, tsOpen, ts, slots, into)
      }
      if (wants.macro) {
        const { 'macro.growth_z': growth, 'macro.inflation_z': inflation } = slots
        if (growth !== undefined) into[growth] = zScore(growthSeries, ts)
        if (inflation !== undefined) into[inflation] = zScore(inflationSeries, ts)
      }
      if ((wants.portfolio || wants.position) && state.portfolio.snapshots.length > 0) {
        fillPortfolio(state.portfolio, symbol, sessionsOf(symbol), ts, slots, into)
      }
    },
    rescale(symbol, splitFactor) {
      const side = state.symbols.get(symbol)
      const splitMs = applySplit(side?.splits ?? [], splitFactor)
      rescaleHoldings(state.portfolio, symbol, splitMs, splitFactor)
      if (side === undefined) return
      rescaleFigures(side.figures, splitMs, splitFactor)
      rescaleSurprises(side.surprises, splitMs, splitFactor)
      rescaleQuotes(side.quotes, splitMs, splitFactor)
    },
    snapshot: () => snapshotOf(state),
    restore(snapshot) {
      state = stateOf(snapshot)
      zScores.clear()
    },
  }
}
