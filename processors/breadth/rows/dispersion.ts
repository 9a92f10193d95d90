import { z } from 'zod'
import { isZero } from '../../indicators/params.ts'
import { LOG_RETURN, lastReturns } from '../daily-returns.ts'
import { defineCrossRow } from '../definition.ts'
import { fieldOf } from '../section.ts'

/**
 * dispersion_v1: sample standard deviation of the members' log returns, and the average pairwise correlation over `window` days,
 * weighted by the product of the deviations (Pollet & Wilson 2010). A member needs a return on each of those days to count in
 * the correlation. Units: vol (not annualised), ratio. NaN with fewer than `min_members` of them.
 */
export const dispersion = defineCrossRow({
  id: 'dispersion_v1',
  params: z.strictObject({ window: z.int().min(2), min_members: z.int().min(2) }),
  plan: ({ window, min_members: least }) => ({
    outputs: ['xs_std', 'avg_corr_60'],
    warmupBars: window + 1,
    reads: [LOG_RETURN],
    bind(slice) {
      const field = slice.field(LOG_RETURN)
      const deviation = slice.column('xs_std')
      const correlation = slice.column('avg_corr_60')
      return {
        step(_state, section, { market }) {
          const today = fieldOf(section, field).filter((value) => !Number.isNaN(value))
          market[deviation] = today.length < least ? Number.NaN : Math.sqrt(sampleVariance(today))
          const series = section.members
            .map(({ symbol }) => lastReturns(section.returns, symbol, window))
            .filter((returns) => !returns.includes(Number.NaN))
          market[correlation] = series.length < least ? Number.NaN : averageCorrelation(series, window)
        },
      }
    },
  }),
})

/** (var(mean_i r_i) * n^2 - sum var_i) / ((sum sd_i)^2 - sum sd_i^2), in O(n). NaN without any spread. */
function averageCorrelation(series: readonly Float64Array[], window: number): number {
  const sums = new Float64Array(window)
  let variances = 0
  let deviations = 0
  for (const returns of series) {
    for (let day = 0; day < window; day += 1) sums[day] = (sums[day] ?? 0) + (returns[day] ?? Number.NaN)
    const variance = sampleVariance(returns)
    variances += variance
    deviations += Math.sqrt(variance)
  }
  const pairs = deviations * deviations - variances
  if (isZero(pairs)) return Number.NaN
  // Rounding may carry a perfect correlation an ulp beyond.
  return Math.min(1, Math.max(-1, (sampleVariance(sums) - variances) / pairs))
}

function sampleVariance(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  const mean = sum / values.length
  let squares = 0
  for (const value of values) squares += (value - mean) * (value - mean)
  return squares / (values.length - 1)
}
