import { DIMENSIONLESS } from './dimension.ts'
import { read } from './ring.ts'
import type { Slice } from './slice.ts'

/** Where counters of bars since an event stop, and what they say before the first event. */
export const BARS_SINCE_CAP = 252

/** Folds whether the event happened at this bar and returns the bars since it last did: 0 at that bar, at most {@link BARS_SINCE_CAP}. */
export type BarsSince = (state: Float64Array, happened: boolean) => number

/** A saturating count of bars since an event. */
export function barsSince(slice: Slice, name: string): BarsSince {
  // What is left to the cap: a fresh slot, 0, then says that nothing has happened yet.
  const left = slice.slots(name, 1, DIMENSIONLESS)
  return (state, happened) => {
    const remaining = happened ? BARS_SINCE_CAP : Math.max(0, read(state, left) - 1)
    state[left] = remaining
    return BARS_SINCE_CAP - remaining
  }
}
