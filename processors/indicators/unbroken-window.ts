import type { SlotDimension } from './dimension.ts'
import { DIMENSIONLESS } from './dimension.ts'
import { put, type Ring, read } from './ring.ts'
import type { Slice } from './slice.ts'

/** The last `length` values of a series that may have gaps. */
export type UnbrokenWindow = {
  readonly ring: Ring
  readonly length: number
  /** Folds the value of bar `index`, NaN for a gap, and says whether the last `length` bars all had one. */
  fold(state: Float64Array, index: number, value: number): boolean
}

/** A ring that knows whether it is full of values. `dimension` is that of the values. */
export function unbrokenWindow(slice: Slice, name: string, length: number, dimension: SlotDimension): UnbrokenWindow {
  const ring = slice.ring(name, length, dimension)
  const run = slice.slots(`${name}.run`, 1, DIMENSIONLESS)
  return {
    ring,
    length,
    fold(state, index, value) {
      put(state, ring, index, value)
      const unbroken = Number.isNaN(value) ? 0 : Math.min(length, read(state, run) + 1)
      state[run] = unbroken
      return unbroken === length
    },
  }
}
