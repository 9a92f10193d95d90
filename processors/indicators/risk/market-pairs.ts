import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { put, type Ring, read } from '../ring.ts'
import type { Slice } from '../slice.ts'

/** The newest pairs of simple returns of a symbol and of its benchmark, number `position` (0-based) being the last. */
export type MarketPairs = {
  readonly own: Ring
  readonly market: Ring
  /** Folds a bar; returns the position of its pair, or -1 when it makes none because the benchmark has no close. */
  take(state: Float64Array, close: number, benchmarkClose: number): number
}

/**
 * Keeps `window` pairs. A pair spans from one bar with both closes to the next such bar: a session that the benchmark does not have
 * makes none, and the move over it goes into the pair after. The slice must declare the field `benchmark.close`.
 */
export function marketPairs(slice: Slice, window: number): MarketPairs {
  const own = slice.ring('own', window, DIMENSIONLESS)
  const market = slice.ring('market', window, DIMENSIONLESS)
  const common = slice.slots('common_bars', 1, DIMENSIONLESS)
  const lastClose = slice.slots('last_close', 1, PRICE)
  // In the units of the benchmark, which a split of the symbol leaves alone.
  const lastBenchmark = slice.slots('last_benchmark', 1, DIMENSIONLESS)
  return {
    own,
    market,
    take(state, close, benchmarkClose) {
      if (!(benchmarkClose > 0)) return -1
      const position = (read(state, common) | 0) - 1
      if (position >= 0) {
        put(state, own, position, close / read(state, lastClose) - 1)
        put(state, market, position, benchmarkClose / read(state, lastBenchmark) - 1)
      }
      state[common] = position + 2
      state[lastClose] = close
      state[lastBenchmark] = benchmarkClose
      return position
    },
  }
}

/** Sum of the products of the distances from two centres over the last `length` positions, oldest to newest. */
export function windowProducts(
  state: Float64Array,
  first: Ring,
  second: Ring,
  position: number,
  length: number,
  firstCenter: number,
  secondCenter: number,
): number {
  let sum = 0
  for (let at = position - length + 1; at <= position; at += 1) {
    const one = read(state, first.offset + (at & first.mask)) - firstCenter
    const other = read(state, second.offset + (at & second.mask)) - secondCenter
    sum += one * other
  }
  return sum
}
