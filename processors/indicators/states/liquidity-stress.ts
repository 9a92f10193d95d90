import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { edgesParam, hysteresis, marginParam } from '../hysteresis.ts'
import { windowLength } from '../params.ts'
import { percentRank } from '../percent-rank.ts'
import { read } from '../ring.ts'

const IMPACT = 'amihud_20'
const TURNOVER = 'dollar_vol_20'
const SLOWEST_WARMUP = 21

/** Where the spread comes from, by the `spread` parameter. */
const SPREADS = { estimate: 'corwin_schultz_20', quotes: 'spread_bp' } as const

const params = z.strictObject({
  window: windowLength.min(2),
  edges: edgesParam(2),
  h: marginParam,
  spread: z.enum(['estimate', 'quotes']).default('estimate'),
})

/**
 * How hard it is to trade: mean of the percent ranks, over `window` bars, of price impact (Amihud 2002), spread and lack of
 * turnover (Sarr & Lybek 2002). `liq_stress_score` (ratio, 0..1); `liq_stress_state` (code: 0 normal, 1 tight, 2 stressed).
 * The spread is estimated from highs and lows (Corwin & Schultz 2012) unless the parameter `spread` is `quotes`; which one is
 * for the catalog to say, never for the bar. Not available while a bar of the window lacks one of the three.
 */
export const liquidityStress = defineIndicator({
  ids: ['liq_stress_v1'],
  params,
  plan: ({ window, edges, h, spread }) => ({
    outputs: ['liq_stress_score', 'liq_stress_state'],
    warmupBars: SLOWEST_WARMUP + window - 1,
    dependencies: [IMPACT, SPREADS[spread], TURNOVER],
    bind(slice) {
      const impact = slice.input(IMPACT, 'value')
      const width = slice.input(SPREADS[spread], 'value')
      const turnover = slice.input(TURNOVER, 'value')
      const impactRank = percentRank(slice, 'impact', window, DIMENSIONLESS)
      const spreadRank = percentRank(slice, 'spread', window, DIMENSIONLESS)
      const turnoverRank = percentRank(slice, 'turnover', window, DIMENSIONLESS)
      const machine = hysteresis(slice, 'state', edges, h)
      const score = slice.column('liq_stress_score')
      const code = slice.column('liq_stress_state')
      return {
        step(state, bar, out) {
          const ofImpact = impactRank(state, bar.index, read(out, impact))
          const ofSpread = spreadRank(state, bar.index, read(out, width))
          const ofTurnover = turnoverRank(state, bar.index, read(out, turnover))
          const mean = (ofImpact + ofSpread + (1 - ofTurnover)) / 3
          out[score] = mean
          out[code] = machine(state, mean)
        },
      }
    },
  }),
})
