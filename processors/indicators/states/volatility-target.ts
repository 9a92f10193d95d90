import { z } from 'zod'
import { annualFactor } from '../bars-per-year.ts'
import { defineIndicator } from '../definition.ts'
import { isZero } from '../params.ts'
import { read } from '../ring.ts'

const SOURCE = 'ewma_vol_094'
const SOURCE_WARMUP = 21

/**
 * What a position is scaled by to run at `target` annual volatility, at most `cap`: target / annualised EWMA volatility
 * (Moreira & Muir 2017). Unit: ratio, 0..cap; no volatility: `cap`.
 */
export const volatilityTargetScale = defineIndicator({
  ids: ['vol_target_scale_v1'],
  params: z.strictObject({ target: z.number().positive(), cap: z.number().positive() }),
  plan: ({ target, cap }) => ({
    outputs: ['scale'],
    warmupBars: SOURCE_WARMUP,
    dependencies: [SOURCE],
    bind(slice) {
      const source = slice.input(SOURCE, 'value')
      const scale = slice.column('scale')
      return {
        step(_state, bar, out) {
          const volatility = read(out, source)
          out[scale] = isZero(volatility) ? cap : Math.min(cap, target / (volatility * annualFactor(bar.timeframe)))
        },
      }
    },
  }),
})
