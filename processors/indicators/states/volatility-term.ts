import { z } from 'zod'
import { annualFactor } from '../bars-per-year.ts'
import { defineIndicator } from '../definition.ts'
import { edgesParam, hysteresis, marginParam } from '../hysteresis.ts'
import { isZero } from '../params.ts'
import { read } from '../ring.ts'

const SHORT = 'ewma_vol_094'
const LONG = 'realized_vol_60'
const LONG_WARMUP = 61

/**
 * Volatility of the last weeks against that of 60 bars. `ratio` (ratio): the exponentially weighted volatility, annualised,
 * over the realised one; `state` (code: 0 contracting, 1 flat, 2 expanding). Not available where nothing has moved for 60
 * bars, and on a timeframe for which the realised volatility is not annualised (1m).
 */
export const volatilityTerm = defineIndicator({
  ids: ['vol_term_v1'],
  params: z.strictObject({ edges: edgesParam(2), h: marginParam }),
  plan: ({ edges, h }) => ({
    outputs: ['ratio', 'state'],
    warmupBars: LONG_WARMUP,
    dependencies: [SHORT, LONG],
    bind(slice) {
      const short = slice.input(SHORT, 'value')
      const long = slice.input(LONG, 'value')
      const machine = hysteresis(slice, 'state', edges, h)
      const ratio = slice.column('ratio')
      const code = slice.column('state')
      return {
        step(state, bar, out) {
          const realised = read(out, long)
          const value = isZero(realised) ? Number.NaN : (read(out, short) * annualFactor(bar.timeframe)) / realised
          out[ratio] = value
          out[code] = machine(state, value)
        },
      }
    },
  }),
})
