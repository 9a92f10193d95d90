import type { Timeframe } from '../../catalog/timeframe.ts'
import type { IndicatorEngine } from '../indicators/engine.ts'
import type { TapeBar, TapeEvent } from '../ingest/tape-record.ts'

/** The part of the indicator engine that folds bars. */
export type Indicators = Pick<IndicatorEngine, 'columns' | 'sideFields' | 'createState' | 'step' | 'rescale'>

/** What one timeframe of a symbol has taken in. */
export type TimeframeState = {
  readonly indicators: Float64Array
  /** Running maximum of `known_at` over the bars that went into `indicators`; UTC epoch milliseconds. */
  knownAt: number
  /** Product of the splits (new shares per old) since the last row; null = none. */
  splitFactor: number | null
}

/** A split that waits for the first bar closing at or after `actsFrom`; UTC epoch milliseconds. */
export type PendingSplit = { readonly factor: number; readonly actsFrom: number }

/** The state of one symbol: a state per timeframe, and the splits that wait, in tape order. */
export type SymbolState = { readonly timeframes: Map<Timeframe, TimeframeState>; pending: readonly PendingSplit[] }

/** A symbol that has seen nothing. */
export function emptySymbolState(): SymbolState {
  return { timeframes: new Map(), pending: [] }
}

/** Lets an event wait. Only a split changes the units that indicators are in; the other kinds have no effect in stage one. */
export function awaitEvent(state: SymbolState, event: TapeEvent): void {
  if (event.event_type !== 'split' || event.value === null) return
  const actsFrom = Math.max(event.known_at, event.ts)
  state.pending = [...state.pending, { factor: event.value, actsFrom }]
}

/**
 * Brings every timeframe of the symbol into the units of `bar`, which is the first bar after them that closes at or after
 * the time the due splits act from; its `known_at` covers theirs. A timeframe without a bar yet has no old units.
 */
export function applyDueSplits(state: SymbolState, bar: TapeBar, engine: Indicators): void {
  if (state.pending.length === 0) return
  for (const { factor, actsFrom } of state.pending) {
    if (actsFrom > bar.ts) continue
    for (const timeframe of state.timeframes.values()) {
      engine.rescale(timeframe.indicators, factor)
      timeframe.splitFactor = (timeframe.splitFactor ?? 1) * factor
    }
  }
  state.pending = state.pending.filter(({ actsFrom }) => actsFrom > bar.ts)
}

/** The state of one timeframe of the symbol, made when its first bar comes. */
export function timeframeState(state: SymbolState, timeframe: Timeframe, engine: Indicators): TimeframeState {
  const known = state.timeframes.get(timeframe)
  if (known) return known
  const fresh = { indicators: engine.createState(), knownAt: Number.NEGATIVE_INFINITY, splitFactor: null }
  state.timeframes.set(timeframe, fresh)
  return fresh
}
