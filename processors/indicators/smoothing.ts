import { read } from './ring.ts'

/**
 * Folds `input`, number `position` (0-based) of its own series, into an average kept in one slot, and returns it. It is NaN
 * until the seed is there; a negative position is before the series and changes nothing.
 */
export type Smoother = (state: Float64Array, position: number, input: number) => number

/**
 * Exponential average over `length` values, factor 2/(length+1), seeded with the mean of the first `length`
 * (TA-Lib ta_EMA, compatibility CLASSIC). The slot has the dimension of the input.
 */
export function exponentialAverage(slot: number, length: number): Smoother {
  const weight = 2 / (length + 1)
  return (state, position, input) => {
    if (position < length) return seed(state, slot, length, position, input)
    const previous = read(state, slot)
    const average = previous + weight * (input - previous)
    state[slot] = average
    return average
  }
}

/** Wilder's average: seeded with the mean of the first `length` values, then (previous*(length-1) + input) / length (Wilder 1978). */
export function wilderAverage(slot: number, length: number): Smoother {
  return (state, position, input) => {
    if (position < length) return seed(state, slot, length, position, input)
    const average = (read(state, slot) * (length - 1) + input) / length
    state[slot] = average
    return average
  }
}

/**
 * Takes one of the first `length` values of an average's input into its slot and returns the seed with the last of them, else NaN.
 * Until the seed is complete the slot holds the sum so far, which has the dimension of the average.
 */
export function seed(state: Float64Array, slot: number, length: number, position: number, input: number): number {
  if (position < 0) return Number.NaN
  const sum = read(state, slot) + input
  const complete = position === length - 1
  const kept = complete ? sum / length : sum
  state[slot] = kept
  return complete ? kept : Number.NaN
}
