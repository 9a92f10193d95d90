import { type Ring, read } from './ring.ts'

/**
 * Mean distance of the last `length` values from `origin`, oldest to newest. With a value of the window itself as origin the mean
 * of a constant window is exactly 0, and so is its variance, whatever rounding a plain mean would have.
 */
export function windowMeanFrom(state: Float64Array, ring: Ring, index: number, length: number, origin: number): number {
  const { offset, mask } = ring
  let sum = 0
  let bar = index - length + 1
  for (; bar <= index - 3; bar += 4) {
    sum += read(state, offset + (bar & mask)) - origin
    sum += read(state, offset + ((bar + 1) & mask)) - origin
    sum += read(state, offset + ((bar + 2) & mask)) - origin
    sum += read(state, offset + ((bar + 3) & mask)) - origin
  }
  for (; bar <= index; bar += 1) sum += read(state, offset + (bar & mask)) - origin
  return sum / length
}

/** Sum of squares of (value - origin) - center over the last `length` values, oldest to newest; see {@link windowMeanFrom}. */
export function windowSquaresFrom(
  state: Float64Array,
  ring: Ring,
  index: number,
  length: number,
  origin: number,
  center: number,
): number {
  const { offset, mask } = ring
  let sum = 0
  let bar = index - length + 1
  for (; bar <= index - 3; bar += 4) {
    const first = read(state, offset + (bar & mask)) - origin - center
    const second = read(state, offset + ((bar + 1) & mask)) - origin - center
    const third = read(state, offset + ((bar + 2) & mask)) - origin - center
    const fourth = read(state, offset + ((bar + 3) & mask)) - origin - center
    sum += first * first
    sum += second * second
    sum += third * third
    sum += fourth * fourth
  }
  for (; bar <= index; bar += 1) {
    const distance = read(state, offset + (bar & mask)) - origin - center
    sum += distance * distance
  }
  return sum
}

/** Sample variance (divisor length-1) of the last `length` values, oldest to newest. */
export function windowVariance(state: Float64Array, ring: Ring, index: number, length: number): number {
  const { offset, mask } = ring
  const origin = read(state, offset + ((index - length + 1) & mask))
  const center = windowMeanFrom(state, ring, index, length, origin)
  return windowSquaresFrom(state, ring, index, length, origin, center) / (length - 1)
}
