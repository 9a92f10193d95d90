import type { SlotDimension } from './dimension.ts'
import { monotonicDeque } from './monotonic-deque.ts'
import { valueAgo } from './ring.ts'
import type { Slice } from './slice.ts'

/** Folds the value of bar `index` and returns the extreme of the last `length` bars, fewer at the start. */
export type ExtremeWindow = (state: Float64Array, index: number, value: number) => number

/**
 * Largest value of the last `length` bars of a series of the indicator's own; those of a shared series are `slice.highest`.
 * `dimension` is that of the values.
 */
export function windowMaximum(slice: Slice, name: string, length: number, dimension: SlotDimension): ExtremeWindow {
  return extremeValue(slice, name, length, dimension, 1)
}

/** Smallest value of the last `length` bars; see {@link windowMaximum}. */
export function windowMinimum(slice: Slice, name: string, length: number, dimension: SlotDimension): ExtremeWindow {
  return extremeValue(slice, name, length, dimension, -1)
}

/** A minimum is a maximum of negated values, and a split scales both alike. */
function extremeValue(
  slice: Slice,
  name: string,
  length: number,
  dimension: SlotDimension,
  sign: 1 | -1,
): ExtremeWindow {
  const { fold, values } = monotonicDeque(slice, name, length, dimension)
  return (state, index, value) => sign * valueAgo(state, values, fold(state, index, sign * value), 0)
}
