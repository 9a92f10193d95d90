import { read } from './ring.ts'
import { type Smoother, seed } from './smoothing.ts'

/**
 * Exponential averages one over the other: the first runs over the input, each other over the one before it, seeded with the
 * mean of the first values of its own input. Stage k keeps its average in `slot + k` (until it is seeded, the sum so far); all
 * slots have the dimension of the input. Returns the average of the last stage.
 */
export function exponentialCascade(slot: number, lengths: readonly number[]): Smoother {
  const stages = lengths.map((length, stage) => ({
    slot: slot + stage,
    length,
    weight: 2 / (length + 1),
    lag: cascadeLag(lengths.slice(0, stage)),
  }))
  return (state, position, input) => {
    let value = input
    for (const { slot: own, length, weight, lag } of stages) {
      if (position - lag < length) {
        value = seed(state, own, length, position - lag, value)
        continue
      }
      const previous = read(state, own)
      value = previous + weight * (value - previous)
      state[own] = value
    }
    return value
  }
}

/** Values of the input that pass before the first average of the last stage: it comes with the input at this position. */
export function cascadeLag(lengths: readonly number[]): number {
  return lengths.reduce((lag, length) => lag + length - 1, 0)
}
