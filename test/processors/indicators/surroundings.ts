import type { Timeframe } from '../../../catalog/timeframe.ts'
import { type BarInput, createBarInput, type SessionPlace } from '../../../processors/indicators/bar.ts'
import type { IndicatorEngine } from '../../../processors/indicators/engine.ts'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import { afterSplit, type Candle } from './candles.ts'

/** Values of side fields; a field that is not there has none. */
export type SideValues = Readonly<Partial<Record<SideField, number>>>

/** A bar with all that an indicator may know of what surrounds it. */
export type SurroundedBar = Candle & {
  readonly timeframe: Timeframe
  readonly tsClose: number
  readonly session: Readonly<SessionPlace>
  readonly side: SideValues
}

/** Side fields in currency per share of the symbol, and in shares of it: they change at a split of the symbol. */
const PER_SHARE: readonly SideField[] = [
  'quote.bid',
  'quote.ask',
  'fundamental.eps_ttm',
  'fundamental.eps_ttm_prev_year',
  'fundamental.book_value_per_share',
  'fundamental.dividends_per_share_annualized',
  'surprise.actual',
  'surprise.consensus',
  'position.average_entry',
]
const IN_SHARES: readonly SideField[] = ['position.quantity']

/** A value of a cell that no indicator gives: what is left of it was not written. */
const UNWRITTEN = -123456.75

/** Fills an input for an engine that reads `fields` from outside, and returns it. */
export function fillInput(input: BarInput, fields: readonly SideField[], bar: SurroundedBar): BarInput {
  const { session, side, ...own } = bar
  Object.assign(input, own)
  Object.assign(input.session, session)
  fields.forEach((field, index) => {
    input.side[index] = side[field] ?? Number.NaN
  })
  return input
}

/** Folds one bar and returns its row. */
export function stepSurrounded(engine: IndicatorEngine, state: Float64Array, bar: SurroundedBar): Float64Array {
  const input = fillInput(createBarInput(engine.sideFields.length), engine.sideFields, bar)
  const out = new Float64Array(engine.columns.length).fill(UNWRITTEN)
  engine.step(state, input, out)
  if (out.includes(UNWRITTEN)) throw new Error('a column was not written')
  return out
}

/** Folds bars in order and returns one row a bar. */
export function foldSurrounded(
  engine: IndicatorEngine,
  bars: readonly SurroundedBar[],
  state: Float64Array = engine.createState(),
): Float64Array[] {
  return bars.map((bar) => stepSurrounded(engine, state, bar))
}

/** The bars, and what surrounds them, in the units after a split of `factor` new shares per old. */
export function surroundedAfterSplit(bars: readonly SurroundedBar[], factor: number): SurroundedBar[] {
  return afterSplit(bars, factor).map((candle, index) => {
    const bar = bars[index]
    if (bar === undefined) throw new Error('no bar')
    const side: Partial<Record<SideField, number>> = { ...bar.side }
    for (const field of PER_SHARE) side[field] = (bar.side[field] ?? Number.NaN) / factor
    for (const field of IN_SHARES) side[field] = (bar.side[field] ?? Number.NaN) * factor
    return { ...bar, ...candle, side }
  })
}
