import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { edgesParam, hysteresis, marginParam } from '../hysteresis.ts'
import { windowLength } from '../params.ts'
import { percentRank } from '../percent-rank.ts'
import { read } from '../ring.ts'

const SOURCE = 'amihud_20'
const SOURCE_WARMUP = 21

/**
 * Illiquidity against its own history (Amihud 2002). `pctrank` (ratio, 0..1): mid percent rank of the Amihud measure among its
 * last `window` values; `state` (code: 0 deep, 1 normal, 2 thin). Not available while a bar of the window has no measure.
 */
export const liquidityState = defineIndicator({
  ids: ['liquidity_state_v1'],
  params: z.strictObject({ window: windowLength.min(2), edges: edgesParam(2), h: marginParam }),
  plan: ({ window, edges, h }) => ({
    outputs: ['state', 'pctrank'],
    warmupBars: SOURCE_WARMUP + window - 1,
    dependencies: [SOURCE],
    bind(slice) {
      const source = slice.input(SOURCE, 'value')
      const rankOf = percentRank(slice, 'history', window, DIMENSIONLESS)
      const machine = hysteresis(slice, 'state', edges, h)
      const code = slice.column('state')
      const pctrank = slice.column('pctrank')
      return {
        step(state, bar, out) {
          const rank = rankOf(state, bar.index, read(out, source))
          out[code] = machine(state, rank)
          out[pctrank] = rank
        },
      }
    },
  }),
})
