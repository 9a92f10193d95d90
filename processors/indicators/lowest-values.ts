import type { SlotDimension } from './dimension.ts'
import { put, read, valueAgo } from './ring.ts'
import type { Slice } from './slice.ts'

/** The smallest of the last `length` values, ascending. */
export type LowestValues = {
  /** Slot of the smallest; the others follow. Infinity where there are not yet so many values. */
  readonly offset: number
  /** Folds value number `position` (0-based) of its own series; a negative position is before the series and changes nothing. */
  fold(state: Float64Array, position: number, value: number): void
}

/**
 * Keeps the `count` smallest of the last `length` values in state slots. A pass over the window is needed only when one of them
 * leaves it (one bar in twenty for 13 of 250). The bits are the same whatever value the series started with.
 */
export function lowestValues(
  slice: Slice,
  name: string,
  length: number,
  count: number,
  dimension: SlotDimension,
): LowestValues {
  const recent = slice.ring(`${name}.recent`, length, dimension)
  const offset = slice.slots(`${name}.lowest`, count, dimension)
  const last = offset + count - 1

  /** Takes out `leaving`, one of the lowest, and puts what ranks next in the window behind the others. */
  const replace = (state: Float64Array, position: number, leaving: number): void => {
    const cutoff = read(state, last)
    let slot = offset
    while (read(state, slot) < leaving) slot += 1
    for (; slot < last; slot += 1) state[slot] = read(state, slot + 1)
    let next = Number.POSITIVE_INFINITY
    let notAbove = 0
    for (let age = length - 1; age > 0; age -= 1) {
      const value = valueAgo(state, recent, position, age)
      if (value <= cutoff) notAbove += 1
      else if (value < next) next = value
    }
    // With a tie at the cutoff the window holds another value equal to it.
    state[last] = notAbove >= count ? cutoff : next
  }

  return {
    offset,
    fold(state, position, value) {
      if (position < 0) return
      if (position === 0) state.fill(Number.POSITIVE_INFINITY, offset, offset + count)
      if (position >= length) {
        const leaving = valueAgo(state, recent, position, length)
        if (leaving <= read(state, last)) replace(state, position, leaving)
      }
      put(state, recent, position, value)
      if (value >= read(state, last)) return
      let slot = last
      for (; slot > offset && read(state, slot - 1) > value; slot -= 1) state[slot] = read(state, slot - 1)
      state[slot] = value
    },
  }
}
