import type { Timeframe } from '../../catalog/timeframe.ts'

/**
 * Where a bar stands in its session, as the calendar of its symbol has it. Every field is NaN where no calendar is known: what
 * depends on sessions is then not available.
 */
export type SessionPlace = {
  /** Number of the session, counting up by one from session to session of the calendar. */
  ordinal: number
  /** The bar's place in the session by the clock, 0 = the first to close: a bar without trades leaves a gap in the count. */
  bar: number
  /** UTC epoch milliseconds. */
  openMs: number
  /** UTC epoch milliseconds. */
  closeMs: number
  /** Day of the week of the session's date, 0 = Monday. */
  dayOfWeek: number
}

/** What a caller says of a closed bar. One object can be refilled for every step. */
export type BarInput = {
  timeframe: Timeframe
  open: number
  high: number
  low: number
  close: number
  volume: number
  /** UTC epoch milliseconds; NaN where it is not known. */
  tsClose: number
  readonly session: SessionPlace
  /** What is known from outside the series at the bar's close, in the order of the engine's `sideFields`; NaN = nothing. */
  readonly side: Float64Array
}

/** An input to refill, for an engine that reads `sideFields` values from outside. */
export function createBarInput(sideFields = 0): BarInput {
  const session = unknownSession()
  const side = new Float64Array(sideFields).fill(Number.NaN)
  const nothing = Number.NaN
  const prices = { open: nothing, high: nothing, low: nothing, close: nothing, volume: nothing }
  return { timeframe: '1d', ...prices, tsClose: nothing, session, side }
}

/** The place of a bar of which no calendar is known. */
export function unknownSession(): SessionPlace {
  const nothing = Number.NaN
  return { ordinal: nothing, bar: nothing, openMs: nothing, closeMs: nothing, dayOfWeek: nothing }
}

/**
 * What every indicator sees of the bar being folded. `index` counts bars of the state from 0. `previousClose` is in today's
 * units (rescaled if a split lies between) and NaN on bar 0, as are `logReturn` = ln(C/C[1]) and
 * `trueRange` = max(H-L, |H-C[1]|, |L-C[1]|) (Wilder 1978).
 */
export type Bar = {
  index: number
  open: number
  high: number
  low: number
  close: number
  volume: number
  timeframe: Timeframe
  tsClose: number
  session: SessionPlace
  side: Float64Array
  previousClose: number
  logReturn: number
  trueRange: number
  /** Values that several indicators share; `slice.shared` says where each is. */
  shared: Float64Array
}

/** A bar for an engine to refill at each step, so that a step allocates nothing. */
export function createBar(): Bar {
  const nothing = Number.NaN
  const derived = { previousClose: nothing, logReturn: nothing, trueRange: nothing, shared: new Float64Array(0) }
  return { ...createBarInput(), index: 0, ...derived }
}
