/**
 * A run of state slots that holds the newest values of a series: the one of bar i lies at `offset + (i & mask)`.
 * The capacity is a power of two, so that finding a slot costs a mask and no division.
 */
export type Ring = { readonly offset: number; readonly mask: number }

/** The smallest ring capacity that holds `length` values. */
export function ringCapacity(length: number): number {
  let capacity = 1
  while (capacity < length) capacity *= 2
  return capacity
}

/** The value of a state slot. A slot outside the state is NaN. */
export function read(state: Float64Array, slot: number): number {
  return state[slot] ?? Number.NaN
}

/** Stores the value of bar `index`. */
export function put(state: Float64Array, ring: Ring, index: number, value: number): void {
  state[ring.offset + (index & ring.mask)] = value
}

/** The value `barsAgo` bars before bar `index`. */
export function valueAgo(state: Float64Array, ring: Ring, index: number, barsAgo: number): number {
  return read(state, ring.offset + ((index - barsAgo) & ring.mask))
}

/**
 * Sum of the last `length` values up to bar `index`, oldest to newest: the order is that of age, never of position in the
 * ring, so the bits do not depend on the bar that the stream started at.
 */
export function windowSum(state: Float64Array, { offset, mask }: Ring, index: number, length: number): number {
  let sum = 0
  let bar = index - length + 1
  for (; bar <= index - 3; bar += 4) {
    sum += read(state, offset + (bar & mask))
    sum += read(state, offset + ((bar + 1) & mask))
    sum += read(state, offset + ((bar + 2) & mask))
    sum += read(state, offset + ((bar + 3) & mask))
  }
  for (; bar <= index; bar += 1) sum += read(state, offset + (bar & mask))
  return sum
}

/** Mean of the last `length` values up to bar `index`, oldest to newest. */
export function windowMean(state: Float64Array, ring: Ring, index: number, length: number): number {
  return windowSum(state, ring, index, length) / length
}

/** Sum of squared distances of the last `length` values from `center`, oldest to newest. */
export function windowSquares(
  state: Float64Array,
  { offset, mask }: Ring,
  index: number,
  length: number,
  center: number,
): number {
  let sum = 0
  let bar = index - length + 1
  for (; bar <= index - 3; bar += 4) {
    const first = read(state, offset + (bar & mask)) - center
    const second = read(state, offset + ((bar + 1) & mask)) - center
    const third = read(state, offset + ((bar + 2) & mask)) - center
    const fourth = read(state, offset + ((bar + 3) & mask)) - center
    sum += first * first
    sum += second * second
    sum += third * third
    sum += fourth * fourth
  }
  for (; bar <= index; bar += 1) {
    const distance = read(state, offset + (bar & mask)) - center
    sum += distance * distance
  }
  return sum
}
