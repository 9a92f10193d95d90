import { z } from 'zod'
import { DIMENSIONLESS } from '../../indicators/dimension.ts'
import { percentRank } from '../../indicators/percent-rank.ts'
import { read } from '../../indicators/ring.ts'
import { LOG_RETURN } from '../daily-returns.ts'
import { defineCrossRow } from '../definition.ts'
import { inverseQuadraticForm } from '../quadratic-form.ts'
import { basketReturns, basketsWhere, SETTLING_BARS } from '../sector-baskets.ts'
import { weightedMoments } from '../weighted-moments.ts'

/** Values of d that one is ranked among. */
const RANKED = 250

/**
 * turbulence_v1: squared Mahalanobis distance of the day's sector returns from their weighted mean, a k-th of it (Kritzman & Li
 * 2010), with moments through the day before and the covariances shrunk towards none; and its percent rank. A basket counts once
 * its moments have settled. A singular covariance gives the distance of the barrier before. Units: index, ratio.
 */
export const turbulence = defineCrossRow({
  id: 'turbulence_v1',
  params: z.strictObject({
    lambda: z.number().gt(0).lt(1),
    shrink: z.number().min(0).max(1),
    max_baskets: z.int().min(1),
  }),
  plan: ({ lambda, shrink, max_baskets: most }) => ({
    outputs: ['d', 'pctrank'],
    warmupBars: SETTLING_BARS + RANKED,
    reads: [LOG_RETURN],
    bind(slice) {
      const field = slice.field(LOG_RETURN)
      const { sectors } = slice
      if (sectors.length > most) {
        throw new RangeError(`instruments.csv names ${sectors.length} sectors, turbulence_v1 takes at most ${most}`)
      }
      const moments = weightedMoments(slice, 'moments', sectors.length, lambda)
      const ranked = slice.slots('ranked', 1, DIMENSIONLESS)
      const previous = slice.slots('previous', 1, DIMENSIONLESS)
      const rank = percentRank(slice.market, 'd', RANKED, DIMENSIONLESS)
      const columns = { distance: slice.column('d'), rank: slice.column('pctrank') }

      const distanceOf = (state: Float64Array, returns: Float64Array): number => {
        const settled = basketsWhere(sectors.length, (basket) => {
          return moments.count(state, basket) >= SETTLING_BARS - 1 && !Number.isNaN(returns[basket])
        })
        if (settled.length === 0) return Number.NaN
        const away = settled.map((basket) => (returns[basket] ?? Number.NaN) - moments.mean(state, basket))
        const shrunk = settled.flatMap((i) =>
          settled.map((j) => moments.covariance(state, i, j) * (i === j ? 1 : 1 - shrink)),
        )
        const form = inverseQuadraticForm(Float64Array.from(shrunk), Float64Array.from(away))
        if (!Number.isNaN(form)) return form / settled.length
        return read(state, ranked) === 0 ? Number.NaN : read(state, previous)
      }

      return {
        step(state, section, { market }) {
          const returns = basketReturns(section, field, sectors)
          const distance = distanceOf(state, returns)
          moments.fold(state, returns)
          market[columns.distance] = distance
          market[columns.rank] = Number.NaN
          if (Number.isNaN(distance)) return
          const place = read(state, ranked)
          market[columns.rank] = rank(state, place, distance)
          state[ranked] = place + 1
          state[previous] = distance
        },
      }
    },
  }),
})
