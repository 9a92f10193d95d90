import { type DailyReturns, lastReturns, RETURNS_KEPT } from './daily-returns.ts'
import { median } from './median.ts'

/** A held symbol with its signed share of equity. */
export type Holding = { readonly symbol: string; readonly weight: number }

/** How the covariance is estimated: weights lambda^k, and how many returns a symbol needs to be in it. */
export type VarianceRule = { readonly lambda: number; readonly leastReturns: number }

/**
 * Daily variance w'Sw of a book, S = sum_k lambda^k r_i r_j / sqrt(W_i W_j) over the daily returns that are kept, W = sum of the
 * weights at which a symbol has one (RiskMetrics 1996: mean 0). Computed as the weighted mean square of what the book would have
 * returned, so it is never negative. A symbol without `leastReturns` has the median variance of `universe`, uncorrelated. NaN
 * where that is needed and no symbol of the universe has one.
 */
export function bookVariance(
  returns: DailyReturns,
  holdings: readonly Holding[],
  universe: Iterable<string>,
  rule: VarianceRule,
): number {
  const length = Math.min(RETURNS_KEPT, returns.count)
  const book = new Float64Array(length)
  let youngSquares = 0
  for (const { symbol, weight } of holdings) {
    const series = lastReturns(returns, symbol, length)
    const weights = weightOf(series, rule)
    if (Number.isNaN(weights)) youngSquares += weight * weight
    else {
      const share = weight / Math.sqrt(weights)
      for (let day = 0; day < length; day += 1) {
        const value = series[day] ?? Number.NaN
        if (!Number.isNaN(value)) book[day] = (book[day] ?? 0) + share * value
      }
    }
  }
  const variance = weightedSquares(book, rule.lambda)
  return youngSquares === 0 ? variance : variance + youngSquares * medianVariance(returns, universe, length, rule)
}

function medianVariance(returns: DailyReturns, universe: Iterable<string>, length: number, rule: VarianceRule): number {
  const variances: number[] = []
  for (const symbol of universe) {
    const series = lastReturns(returns, symbol, length)
    variances.push(weightedSquares(series, rule.lambda) / weightOf(series, rule))
  }
  return median(variances)
}

/** Sum of the weights at which there is a return; NaN for a symbol with too few. */
function weightOf(series: Float64Array, { lambda, leastReturns }: VarianceRule): number {
  let weight = 1
  let sum = 0
  let count = 0
  for (let day = series.length - 1; day >= 0; day -= 1) {
    if (!Number.isNaN(series[day])) {
      sum += weight
      count += 1
    }
    weight *= lambda
  }
  return count < leastReturns ? Number.NaN : sum
}

function weightedSquares(series: Float64Array, lambda: number): number {
  let weight = 1
  let sum = 0
  for (let day = series.length - 1; day >= 0; day -= 1) {
    const value = series[day] ?? Number.NaN
    if (!Number.isNaN(value)) sum += weight * value * value
    weight *= lambda
  }
  return sum
}
