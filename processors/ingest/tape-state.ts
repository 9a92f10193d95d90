import type { Timeframe } from '../../catalog/timeframe.ts'
import type { TapeBar, TapeEvent } from './tape-record.ts'

/**
 * How many accepted bars of a symbol and timeframe are remembered, to tell a repeat from a late bar. A source that resends after
 * a lost connection overlaps by minutes, and 64 bars are an hour of the shortest timeframe; what is older is `LATE`.
 */
export const REMEMBERED_BARS = 64

/** What a bar's repeat is compared with. `ts` is its close. */
export type RememberedBar = Pick<TapeBar, 'ts' | 'ts_open' | 'open' | 'high' | 'low' | 'close' | 'volume'>

/** What an event's repeat is compared with. */
export type RememberedEvent = Pick<TapeEvent, 'value' | 'detail'>

/** What the tape so far says of one symbol. `bars` holds the last {@link REMEMBERED_BARS} of each timeframe, oldest first. */
export type SymbolState = {
  knownAt: number
  readonly bars: Map<Timeframe, RememberedBar[]>
  /** Every event of the symbol: a split taken twice would be worse than the few events a year that this keeps. */
  readonly events: Map<string, RememberedEvent>
}

/** All that ingest knows: a fold of the tape it has written, and of nothing else, so that the tape alone restores it. */
export type TapeState = { newestMarkerTs: number; readonly symbols: Map<string, SymbolState> }

/** The state before the first tape record. */
export function emptyTapeState(): TapeState {
  return { newestMarkerTs: Number.NEGATIVE_INFINITY, symbols: new Map() }
}

/** Takes a bar that is on the tape. */
export function takeBar(state: TapeState, bar: TapeBar): void {
  const symbol = symbolState(state, bar.symbol)
  symbol.knownAt = bar.known_at
  const bars = symbol.bars.get(bar.timeframe) ?? []
  symbol.bars.set(bar.timeframe, bars)
  const { ts, ts_open, open, high, low, close, volume } = bar
  bars.push({ ts, ts_open, open, high, low, close, volume })
  if (bars.length > REMEMBERED_BARS) bars.shift()
}

/** Takes an event that is on the tape. */
export function takeEvent(state: TapeState, event: TapeEvent): void {
  const symbol = symbolState(state, event.symbol)
  symbol.knownAt = event.known_at
  symbol.events.set(eventKey(event.event_type, event.ts), { value: event.value, detail: event.detail })
}

/** Takes a marker that is on the tape. */
export function takeMarker(state: TapeState, ts: number): void {
  state.newestMarkerTs = ts
}

/** Under what an event is remembered. */
export function eventKey(eventType: string, effectiveAt: number): string {
  return `${eventType}@${effectiveAt}`
}

/**
 * `known_at` of the symbol's next tape record: it never falls along the log of a symbol. A marker that closes a bucket of the
 * symbol will come in here as a third term once the engine aggregates bars: it then raises the symbol's `knownAt`.
 */
export function tapeKnownAt(state: TapeState, symbol: string, rawKnownAt: number): number {
  return Math.max(rawKnownAt, state.symbols.get(symbol)?.knownAt ?? rawKnownAt)
}

function symbolState(state: TapeState, symbol: string): SymbolState {
  const known = state.symbols.get(symbol)
  if (known) return known
  const fresh: SymbolState = { knownAt: Number.NEGATIVE_INFINITY, bars: new Map(), events: new Map() }
  state.symbols.set(symbol, fresh)
  return fresh
}
