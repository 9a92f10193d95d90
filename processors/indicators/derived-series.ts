import { RECOMPUTE } from './dimension.ts'
import { put, type Ring, valueAgo } from './ring.ts'
import type { Slice } from './slice.ts'

/** An own ring that holds a function of a shared series. */
export type DerivedSeries = {
  readonly ring: Ring
  /** Folds the shared series' value of bar `index`. */
  fold(state: Float64Array, index: number): void
  /** After a split: fills the ring again from the shared series, as no factor says how the function's values change. */
  recompute(state: Float64Array, barCount: number): void
}

/** Keeps `derive` of the last `length` values of `source`, a shared series that the plan looks back `length` bars. */
export function derivedSeries(
  slice: Slice,
  name: string,
  length: number,
  source: Ring,
  derive: (value: number) => number,
): DerivedSeries {
  const ring = slice.ring(name, length, RECOMPUTE)
  const fold = (state: Float64Array, index: number) =>
    put(state, ring, index, derive(valueAgo(state, source, index, 0)))
  return {
    ring,
    fold,
    recompute(state, barCount) {
      for (let index = Math.max(0, barCount - length); index < barCount; index += 1) fold(state, index)
    },
  }
}
