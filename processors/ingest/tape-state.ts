import { createHash } from 'node:crypto'
import { REMEMBERED_RECORDS, type Remembered } from './series.ts'

/** What an event's repeat is compared with. `knownAt` is that of the newest word on it, as its source had it. */
export type RememberedEvent = {
  readonly value: number | null
  readonly detail: string | null
  readonly knownAt: number
  readonly isCancelled: boolean
}

/** What the tape so far says under one key. Times in UTC epoch milliseconds. */
export type KeyState = {
  /** `known_at` of the newest record of the key. */
  knownAt: number
  /** Close of the newest bar, whatever its timeframe. */
  newestBarTs: number
  /** The newest records of each series (a timeframe, an item, …), as {@link Remembered} says. */
  readonly series: Map<string, Remembered[]>
  /** Every event: a split taken twice would be worse than the few events a year that this keeps. */
  readonly events: Map<string, RememberedEvent>
  /** The splits among them that have not acted: from which close on the next bar on the tape is the first after them. */
  readonly waitingSplits: Map<string, number>
}

/** All that ingest knows: a fold of the tape it has written, and of nothing else, so that the tape alone restores it. */
export type TapeState = { newestMarkerTs: number; readonly keys: Map<string, KeyState> }

/** The state before the first tape record. */
export function emptyTapeState(): TapeState {
  return { newestMarkerTs: Number.NEGATIVE_INFINITY, keys: new Map() }
}

/** Version of what a snapshot holds; a change of its meaning must raise it. */
const STATE_VERSION = 2

/** Hex sha256 of all that gives a {@link TapeSnapshot} its meaning. */
export const tapeLayoutHash = createHash('sha256')
  .update(JSON.stringify(['ingest', STATE_VERSION, REMEMBERED_RECORDS]))
  .digest('hex')

/** All of a {@link TapeState}, as data. Good for the same `layoutHash` only. */
export type TapeSnapshot = {
  readonly layoutHash: string
  readonly newestMarkerTs: number
  readonly keys: readonly (readonly [key: string, state: KeyState])[]
}

/** A copy of the state. What is remembered is never changed, so that only the lists of it have to be copied. */
export function snapshotOf({ newestMarkerTs, keys }: TapeState): TapeSnapshot {
  return {
    layoutHash: tapeLayoutHash,
    newestMarkerTs,
    keys: [...keys].map(([key, state]) => [key, copyOf(state)] as const),
  }
}

/** Replaces the state by a copy of a snapshot's. Throws RangeError when it is of another layout. */
export function restoreState(state: TapeState, { layoutHash, newestMarkerTs, keys }: TapeSnapshot): void {
  if (layoutHash !== tapeLayoutHash) {
    throw new RangeError(`Cannot restore layout ${layoutHash} into layout ${tapeLayoutHash}`)
  }
  state.newestMarkerTs = newestMarkerTs
  state.keys.clear()
  for (const [key, known] of keys) state.keys.set(key, copyOf(known))
}

function copyOf({ series, events, waitingSplits, ...times }: KeyState): KeyState {
  const lists = [...series].map(([name, records]): [string, Remembered[]] => [name, [...records]])
  return { ...times, series: new Map(lists), events: new Map(events), waitingSplits: new Map(waitingSplits) }
}

/** What is known under a key of which the tape says nothing yet. */
export function emptyKeyState(): KeyState {
  return {
    knownAt: Number.NEGATIVE_INFINITY,
    newestBarTs: Number.NEGATIVE_INFINITY,
    series: new Map(),
    events: new Map(),
    waitingSplits: new Map(),
  }
}

/**
 * `known_at` of the key's next tape record: it never falls along the log of a key. A marker that closes a bucket of a symbol
 * will come in here as a third term once the engine aggregates bars: it then raises the `knownAt` of the symbol.
 */
export function tapeKnownAt(state: TapeState, key: string, rawKnownAt: number): number {
  return Math.max(rawKnownAt, state.keys.get(key)?.knownAt ?? rawKnownAt)
}

/** Takes a marker that is on the tape. */
export function takeMarker(state: TapeState, ts: number): void {
  state.newestMarkerTs = ts
}
