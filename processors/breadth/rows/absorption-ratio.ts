import { z } from 'zod'
import { DIMENSIONLESS } from '../../indicators/dimension.ts'
import { isZero } from '../../indicators/params.ts'
import { put, read, windowMean, windowSquares } from '../../indicators/ring.ts'
import { LOG_RETURN } from '../daily-returns.ts'
import { defineCrossRow } from '../definition.ts'
import { eigenvalues } from '../eigenvalues.ts'
import { basketReturns, basketsWhere, SETTLING_BARS } from '../sector-baskets.ts'
import { weightedMoments } from '../weighted-moments.ts'

/** One eigenvalue in so many counts as a leading one, rounded up. */
const BASKETS_PER_FACTOR = 5

/**
 * absorption_ratio_v1: the share of the variance of the sector returns that their leading factors explain, by the weighted covariance
 * through the day, and how far its mean of the last days is from that of a year, in sample standard deviations (Kritzman, Li,
 * Page & Rigobon 2011). Units: ratio, z.
 */
export const absorptionRatio = defineCrossRow({
  id: 'absorption_ratio_v1',
  params: z.strictObject({ lambda: z.number().gt(0).lt(1), short: z.int().min(1), long: z.int().min(2) }),
  plan: ({ lambda, short, long }) => ({
    outputs: ['ratio', 'delta_z'],
    warmupBars: SETTLING_BARS + long,
    reads: [LOG_RETURN],
    bind(slice) {
      const { sectors } = slice
      const field = slice.field(LOG_RETURN)
      const moments = weightedMoments(slice, 'moments', sectors.length, lambda)
      const folded = slice.slots('folded', 1, DIMENSIONLESS)
      const ratios = slice.ring('ratio', Math.max(short, long), DIMENSIONLESS)
      const columns = { ratio: slice.column('ratio'), shift: slice.column('delta_z') }

      const ratioOf = (state: Float64Array): number => {
        const settled = basketsWhere(sectors.length, (basket) => moments.count(state, basket) >= SETTLING_BARS)
        const matrix = settled.flatMap((i) => settled.map((j) => moments.covariance(state, i, j)))
        return leadingShare(eigenvalues(Float64Array.from(matrix), settled.length))
      }

      return {
        step(state, section, { market }) {
          moments.fold(state, basketReturns(section, field, sectors))
          const ratio = ratioOf(state)
          market[columns.ratio] = ratio
          market[columns.shift] = Number.NaN
          if (Number.isNaN(ratio)) return
          const index = read(state, folded)
          put(state, ratios, index, ratio)
          state[folded] = index + 1
          if (index < long - 1) return
          const mean = windowMean(state, ratios, index, long)
          const deviation = Math.sqrt(windowSquares(state, ratios, index, long, mean) / (long - 1))
          market[columns.shift] = isZero(deviation) ? 0 : (windowMean(state, ratios, index, short) - mean) / deviation
        },
      }
    },
  }),
})

/** Sum of the leading eigenvalues over the sum of all; NaN where there is no variance. */
function leadingShare(descending: Float64Array): number {
  const factors = Math.ceil(descending.length / BASKETS_PER_FACTOR)
  let leading = 0
  let others = 0
  // A covariance has no negative eigenvalue; what rounding leaves below zero is none.
  for (const [at, value] of descending.entries()) {
    if (at < factors) leading += Math.max(0, value)
    else others += Math.max(0, value)
  }
  return isZero(leading) ? Number.NaN : leading / (leading + others)
}
