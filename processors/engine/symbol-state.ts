import type { Timeframe } from '../../catalog/timeframe.ts'
import { CANCELLED, type TapeEvent } from '../ingest/tape-record.ts'
import { createTimeframeSlots, rescaleTimeframeSlots } from '../timeframes/timeframes.ts'
import { keptLength, rescaleKept } from './kept-values.ts'
import type { TimeframeEngine, TimeframeEngines } from './timeframe-engines.ts'

/** What one timeframe of a symbol has taken in. */
export type TimeframeState = {
  readonly indicators: Float64Array
  /** The values of its newest rows that other timeframes read. */
  readonly kept: Float64Array
  /** Product of the splits (new shares per old) since the last row; null = none. */
  splitFactor: number | null
}

/** A split effective at `ts` that waits for the first bar closing at or after `actsFrom`; UTC epoch milliseconds. */
export type PendingSplit = { readonly factor: number; readonly ts: number; readonly actsFrom: number }

/** The state of one symbol: plain data. */
export type SymbolState = {
  /** Newest bars and open buckets of all timeframes. */
  readonly bars: Float64Array
  readonly timeframes: Map<Timeframe, TimeframeState>
  /** Splits that wait, in tape order. */
  pending: readonly PendingSplit[]
  /** Running maximum of `known_at` over all that the state has taken in; UTC epoch milliseconds. */
  knownAt: number
}

/** A symbol that has seen nothing. */
export function emptySymbolState(): SymbolState {
  return { bars: createTimeframeSlots(), timeframes: new Map(), pending: [], knownAt: Number.NEGATIVE_INFINITY }
}

/** A state that shares nothing with `state`. */
export function copySymbolState({ bars, timeframes, pending, knownAt }: SymbolState): SymbolState {
  const copies = [...timeframes].map(([timeframe, { indicators, kept, splitFactor }]) => {
    return [timeframe, { indicators: indicators.slice(), kept: kept.slice(), splitFactor }] as const
  })
  return { bars: bars.slice(), timeframes: new Map(copies), pending: [...pending], knownAt }
}

/** The state of one timeframe of the symbol, made when its first bar comes. */
export function timeframeState(state: SymbolState, { timeframe, engine, kept }: TimeframeEngine): TimeframeState {
  const known = state.timeframes.get(timeframe)
  if (known) return known
  const fresh = { indicators: engine.createState(), kept: new Float64Array(keptLength(kept)), splitFactor: null }
  state.timeframes.set(timeframe, fresh)
  return fresh
}

/** Lets a split wait, or takes back one that waits. Other events change no units. */
export function awaitSplit(state: SymbolState, { event_type, ts, known_at, value, detail }: TapeEvent): void {
  if (event_type !== 'split') return
  if (detail === CANCELLED) state.pending = state.pending.filter((split) => split.ts !== ts)
  else if (value !== null) state.pending = [...state.pending, { factor: value, ts, actsFrom: Math.max(known_at, ts) }]
}

/**
 * The splits that act on a bar closing at `ts`, which wait no longer: the bar is the first after them that closes at or after
 * the time they act from, and its `known_at` covers theirs.
 */
export function takeDueSplits(state: SymbolState, ts: number): readonly number[] {
  if (state.pending.length === 0) return []
  const due = state.pending.filter(({ actsFrom }) => actsFrom <= ts)
  if (due.length > 0) state.pending = state.pending.filter(({ actsFrom }) => actsFrom > ts)
  return due.map(({ factor }) => factor)
}

/** Brings every timeframe of the symbol, open buckets included, into the units after a split (new shares per old). */
export function rescaleSymbol(state: SymbolState, splitFactor: number, engines: TimeframeEngines): void {
  rescaleTimeframeSlots(state.bars, splitFactor)
  for (const [timeframe, own] of state.timeframes) {
    const { engine, kept } = engines.of[timeframe]
    engine.rescale(own.indicators, splitFactor)
    rescaleKept(own.kept, kept, splitFactor)
    own.splitFactor = (own.splitFactor ?? 1) * splitFactor
  }
}
