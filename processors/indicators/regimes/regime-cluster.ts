import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { stateAge } from '../hysteresis.ts'
import { read } from '../ring.ts'
import { withhold } from '../withhold.ts'

/** A drawdown this deep counts as the deepest. */
const DEEPEST_DRAWDOWN = 0.2

const centroid = z.tuple([z.number(), z.number(), z.number()])

const params = z
  .strictObject({
    centroids: z.strictObject({ 0: centroid, 1: centroid, 2: centroid, 3: centroid, 4: centroid, 5: centroid }),
    switch_ratio: z.number().positive().max(1),
    confirm: z.int().min(1),
  })
  .transform(({ centroids, ...stated }) => ({ ...stated, points: Float64Array.from(Object.values(centroids).flat()) }))

/**
 * Market regime: the nearest of six frozen centroids (0 bull_calm, 1 bull_volatile, 2 sideways_calm, 3 sideways_volatile, 4 bear_orderly,
 * 5 bear_stressed) to (trend, volatility, drawdown), each scaled to -1..1 (Lloyd 1982; Kritzman, Page & Turkington 2012). It
 * changes only to a centroid that is nearer by `switch_ratio`, or that has been nearest for `confirm` bars. Units: code; distance to the
 * current centroid, index; margin = 1 - nearest/second nearest, ratio; age, bars. NaN, and nothing changes, on a bar on which
 * one of the three is not known.
 */
export const regimeCluster = defineIndicator({
  ids: ['regime_cluster_id_v1'],
  params,
  plan: ({ points, switch_ratio, confirm }) => ({
    outputs: ['regime_cluster_id', 'distance', 'margin', 'age'],
    warmupBars: 310,
    dependencies: ['trend_mtf_v1', 'vol_regime_state_v1', 'dd_trailing_252'],
    bind(slice) {
      const trend = slice.input('trend_mtf_v1', 'score')
      const volatility = slice.input('vol_regime_state_v1', 'pctrank')
      const drawdown = slice.input('dd_trailing_252', 'value')
      /** The current regime plus 1; 0 before the first. */
      const currentSlot = slice.slots('current', 1, DIMENSIONLESS)
      /** The nearest centroid of the newest bar, and for how many bars it has been. */
      const nearestSlot = slice.slots('nearest', 1, DIMENSIONLESS)
      const runSlot = slice.slots('run', 1, DIMENSIONLESS)
      const regimeAge = stateAge(slice, 'age')
      const regime = slice.column('regime_cluster_id')
      const distance = slice.column('distance')
      const margin = slice.column('margin')
      const age = slice.column('age')
      const own = [regime, distance, margin, age]

      /** The regime of a bar on which centroid `nearest` is the nearest, at `nearestDistance`. */
      const follow = (
        state: Float64Array,
        nearest: number,
        nearestDistance: number,
        currentDistance: number,
      ): number => {
        const run = read(state, runSlot)
        const isSame = run > 0 && read(state, nearestSlot) === nearest
        const confirmed = Math.min(confirm, isSame ? run + 1 : 1)
        state[nearestSlot] = nearest
        state[runSlot] = confirmed
        const current = read(state, currentSlot) - 1
        const moves = current < 0 || nearestDistance < switch_ratio * currentDistance || confirmed >= confirm
        const next = moves ? nearest : current
        state[currentSlot] = next + 1
        return next
      }

      return {
        step(state, _bar, out) {
          const x = read(out, trend)
          const y = 2 * read(out, volatility) - 1
          const z = 1 + 2 * Math.min(0, Math.max(-1, read(out, drawdown) / DEEPEST_DRAWDOWN))
          if (Number.isNaN(x + y + z)) return withhold(out, own)
          const current = read(state, currentSlot) - 1
          let nearest = 0
          let smallest = Number.POSITIVE_INFINITY
          let second = Number.POSITIVE_INFINITY
          let currentDistance = Number.POSITIVE_INFINITY
          for (let id = 0; 3 * id < points.length; id += 1) {
            const away = Math.hypot(
              x - read(points, 3 * id),
              y - read(points, 3 * id + 1),
              z - read(points, 3 * id + 2),
            )
            if (id === current) currentDistance = away
            if (away < smallest) {
              second = smallest
              smallest = away
              nearest = id
            } else if (away < second) second = away
          }
          const code = follow(state, nearest, smallest, currentDistance)
          out[regime] = code
          out[distance] = code === nearest ? smallest : currentDistance
          out[margin] = 1 - smallest / second
          out[age] = regimeAge(state, code)
        },
      }
    },
  }),
})
