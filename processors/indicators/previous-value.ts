import type { SlotDimension } from './dimension.ts'
import { read } from './ring.ts'
import type { Slice } from './slice.ts'

/** Keeps the value of bar `index` and returns that of the bar before, NaN on the first bar ever. */
export type PreviousValue = (state: Float64Array, index: number, value: number) => number

/** The value that a dependency had one bar ago, x[1]. `dimension` is that of the values. */
export function previousValue(slice: Slice, name: string, dimension: SlotDimension): PreviousValue {
  const slot = slice.slots(name, 1, dimension)
  return (state, index, value) => {
    const previous = index === 0 ? Number.NaN : read(state, slot)
    state[slot] = value
    return previous
  }
}
