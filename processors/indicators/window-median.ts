import { read, valueAgo } from './ring.ts'
import type { UnbrokenWindow } from './unbroken-window.ts'

/** Median of the values of a full window that ends at bar `index`. */
export type WindowMedian = (state: Float64Array, index: number) => number

/** Median of `window`: the middle value in order of size, of an even number the mean of the middle two. */
export function windowMedian({ ring, length }: UnbrokenWindow): WindowMedian {
  const values = new Float64Array(length)
  const middle = length >> 1
  return (state, index) => {
    for (let position = 0; position < length; position += 1) {
      values[position] = valueAgo(state, ring, index, length - 1 - position)
    }
    select(values, middle)
    const upper = read(values, middle)
    if (length % 2 === 1) return upper
    let lower = read(values, 0)
    for (let position = 1; position < middle; position += 1) lower = Math.max(lower, read(values, position))
    return (lower + upper) / 2
  }
}

/**
 * Reorders `values` so that `values[rank]` is what sorting would put there and nothing before it is larger (Hoare 1961). A full
 * sort of 250 values takes two to three times as long.
 */
function select(values: Float64Array, rank: number): void {
  let first = 0
  let last = values.length - 1
  while (first < last) {
    const pivot = read(values, (first + last) >> 1)
    let left = first
    let right = last
    while (left <= right) {
      while (read(values, left) < pivot) left += 1
      while (read(values, right) > pivot) right -= 1
      if (left > right) break
      const swapped = read(values, left)
      values[left] = read(values, right)
      values[right] = swapped
      left += 1
      right -= 1
    }
    if (rank <= right) last = right
    else if (rank >= left) first = left
    else return
  }
}
