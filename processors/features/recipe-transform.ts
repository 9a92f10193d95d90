import type { RecipeTransform } from '../../catalog/recipe-transform.ts'
import { put, type Ring, read, ringCapacity, valueAgo, windowMean, windowSquares } from '../indicators/ring.ts'

/** Spreads of at most this size count as none (NOTATION.md). */
const ZERO = 1e-14

/** Slots before the ring: rows seen, and for an average with infinite memory its value and how many values have seeded it. */
const [ROWS, AVERAGE, SEEDED, HEAD] = [0, 1, 2, 3]

/** A transform over the published values of one feature of one symbol; all that it remembers is in `state`. */
export interface RecipeTransformFold {
  /** Numbers of state; a fresh state is 0 throughout. */
  readonly stateLength: number
  /** Takes the published value of the next row (NaN = null) and gives the transform's value there, NaN where it has none. */
  step(state: Float64Array, value: number): number
}

/**
 * Builds a transform, the one function for live rows, replays and training sets. A window that is not full or has a gap gives nothing:
 * no value is made of a null. lag(k) = x[k]; diff(k) = x - x[k]; sma(n) = mean of the last n; zscore(n) = (x - sma(n)) / sd_n(ddof 1),
 * 0 without spread; ema(n) = the mean of the first n values, then k x + (1 - k) times the last, k = 2 / (n + 1); a null leaves an
 * average as it is and gives nothing on its row. Throws RangeError on a count below 1, for zscore below 2.
 */
export function createRecipeTransform(transform: RecipeTransform): RecipeTransformFold {
  const { kind } = transform
  const count = 'k' in transform ? transform.k : transform.n
  if (!Number.isSafeInteger(count) || count < (kind === 'zscore' ? 2 : 1)) {
    throw new RangeError(`${kind}(${count}): the number of rows is too small or not whole`)
  }
  if (kind === 'ema') return { stateLength: HEAD, step: (state, value) => exponentialStep(state, value, count) }
  const reach = kind === 'lag' || kind === 'diff' ? count + 1 : count
  const capacity = ringCapacity(reach)
  const ring: Ring = { offset: HEAD, mask: capacity - 1 }
  return {
    stateLength: HEAD + capacity,
    step(state, value) {
      const index = read(state, ROWS)
      put(state, ring, index, value)
      state[ROWS] = index + 1
      return index < reach - 1 ? Number.NaN : windowValue(kind, state, ring, index, count, value)
    },
  }
}

function windowValue(
  kind: 'lag' | 'diff' | 'sma' | 'zscore',
  state: Float64Array,
  ring: Ring,
  index: number,
  count: number,
  value: number,
): number {
  if (kind === 'lag') return valueAgo(state, ring, index, count)
  if (kind === 'diff') return value - valueAgo(state, ring, index, count)
  const mean = windowMean(state, ring, index, count)
  if (kind === 'sma') return mean
  const spread = Math.sqrt(windowSquares(state, ring, index, count, mean) / (count - 1))
  return Math.abs(spread) <= ZERO ? 0 : (value - mean) / spread
}

function exponentialStep(state: Float64Array, value: number, n: number): number {
  if (Number.isNaN(value)) return Number.NaN
  const seeded = read(state, SEEDED)
  if (seeded < n) {
    const sum = read(state, AVERAGE) + value
    state[SEEDED] = seeded + 1
    state[AVERAGE] = seeded + 1 < n ? sum : sum / n
    return seeded + 1 < n ? Number.NaN : sum / n
  }
  const average = read(state, AVERAGE) + (2 / (n + 1)) * (value - read(state, AVERAGE))
  state[AVERAGE] = average
  return average
}
