import { read } from './ring.ts'
import { exponentialAverage, type Smoother } from './smoothing.ts'

/**
 * Exponential averages one over the other: the first runs over the input, each other over the one before it, seeded with the
 * mean of the first values of its own input. Stage k keeps its average in `slot + k` (until it is seeded, the sum so far); all
 * slots have the dimension of the input. Returns the average of the last stage.
 */
export function exponentialCascade(slot: number, lengths: readonly number[]): Smoother {
  const weights = Float64Array.from(lengths, (length) => 2 / (length + 1))
  const end = slot + lengths.length
  const seeded = cascadeLag(lengths) + 1
  return (state, position, input) => {
    if (position < seeded) return seedStages(state, slot, lengths, position, input)
    let value = input
    for (let own = slot; own < end; own += 1) {
      const previous = read(state, own)
      value = previous + read(weights, own - slot) * (value - previous)
      state[own] = value
    }
    return value
  }
}

/** The same while some stage has no average yet. */
function seedStages(
  state: Float64Array,
  slot: number,
  lengths: readonly number[],
  position: number,
  input: number,
): number {
  let value = input
  let place = position
  for (const [stage, length] of lengths.entries()) {
    value = exponentialAverage(slot + stage, length)(state, place, value)
    place -= length - 1
  }
  return value
}

/** Values of the input that pass before the first average of the last stage: it comes with the input at this position. */
export function cascadeLag(lengths: readonly number[]): number {
  return lengths.reduce((lag, length) => lag + length - 1, 0)
}
