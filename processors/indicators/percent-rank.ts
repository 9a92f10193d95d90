import type { SlotDimension } from './dimension.ts'
import { valueAgo } from './ring.ts'
import type { Slice } from './slice.ts'
import { type UnbrokenWindow, unbrokenWindow } from './unbroken-window.ts'

/** Folds the value of bar `index`, NaN for none, and returns its rank; NaN until the last n bars all had a value. */
export type PercentRank = (state: Float64Array, index: number, value: number) => number

/**
 * PR(x,n) of NOTATION.md: mid percent rank of x among its last `length` values, itself included, 0..1. A bar without a value
 * within the window leaves no rank. `dimension` is that of the values.
 */
export function percentRank(slice: Slice, name: string, length: number, dimension: SlotDimension): PercentRank {
  const window = unbrokenWindow(slice, name, length, dimension)
  return (state, index, value) => (window.fold(state, index, value) ? rankInWindow(state, window, index) : Number.NaN)
}

/** Rank of the newest value in a full window: (count(<x) + 0.5*(count(=x)-1)) / (n-1). */
export function rankInWindow(state: Float64Array, { ring, length }: UnbrokenWindow, index: number): number {
  const value = valueAgo(state, ring, index, 0)
  let below = 0
  let equal = 0
  for (let barsAgo = length - 1; barsAgo >= 0; barsAgo -= 1) {
    const other = valueAgo(state, ring, index, barsAgo)
    if (other < value) below += 1
    else if (other === value) equal += 1
  }
  return (below + 0.5 * (equal - 1)) / (length - 1)
}
