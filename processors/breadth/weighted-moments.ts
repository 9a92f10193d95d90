import { DIMENSIONLESS } from '../indicators/dimension.ts'
import { read } from '../indicators/ring.ts'
import type { CrossSlice } from './definition.ts'

/** Exponentially weighted mean and covariance of some series, in state slots. */
export type WeightedMoments = {
  /** How many values of series i have been folded. */
  count(state: Float64Array, i: number): number
  mean(state: Float64Array, i: number): number
  covariance(state: Float64Array, i: number, j: number): number
  /** Folds one value of each series; NaN = the series has none, and its moments stay as they are. */
  fold(state: Float64Array, values: Float64Array): void
}

/**
 * Mean and covariance with weights lambda^k (Finch, Incremental calculation of weighted mean and variance, 2009): the first value
 * is the mean with no spread; then m += (1-lambda)*e_i and S_ij = lambda*(S_ij + (1-lambda)*e_i*e_j), e = x - m before.
 */
export function weightedMoments(slice: CrossSlice, name: string, size: number, lambda: number): WeightedMoments {
  const counts = slice.slots(`${name}.count`, size, DIMENSIONLESS)
  const means = slice.slots(`${name}.mean`, size, DIMENSIONLESS)
  const covariances = slice.slots(`${name}.covariance`, size * size, DIMENSIONLESS)
  const error = new Float64Array(size)
  return {
    count: (state, i) => read(state, counts + i),
    mean: (state, i) => read(state, means + i),
    covariance: (state, i, j) => read(state, covariances + i * size + j),
    fold(state, values) {
      for (let i = 0; i < size; i += 1) {
        const value = values[i] ?? Number.NaN
        error[i] = read(state, counts + i) === 0 && !Number.isNaN(value) ? 0 : value - read(state, means + i)
      }
      for (let i = 0; i < size; i += 1) {
        const e = error[i] ?? Number.NaN
        if (Number.isNaN(e)) continue
        if (read(state, counts + i) === 0) state[means + i] = values[i] ?? Number.NaN
        else state[means + i] = read(state, means + i) + (1 - lambda) * e
        state[counts + i] = read(state, counts + i) + 1
        for (let j = 0; j < size; j += 1) {
          const other = error[j] ?? Number.NaN
          const slot = covariances + i * size + j
          if (!Number.isNaN(other)) state[slot] = lambda * (read(state, slot) + (1 - lambda) * (e * other))
        }
      }
    },
  }
}
