import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { isZero } from '../params.ts'
import { previousValue } from '../previous-value.ts'
import { read } from '../ring.ts'

const SOURCE = 'bipower_20'
const SOURCE_WARMUP = 21

/**
 * Price jumps (Lee & Mykland 2008): `stat` (z): log return over the bipower volatility one bar ago, 0 where that is zero;
 * `up`, `down` (flag): it is at least `threshold` away from zero. Theirs grows with the size of the sample; this one is fixed.
 */
export const priceJump = defineIndicator({
  ids: ['jump_event_v1'],
  params: z.strictObject({ threshold: z.number().positive() }),
  plan: ({ threshold }) => ({
    outputs: ['up', 'down', 'stat'],
    warmupBars: SOURCE_WARMUP + 1,
    dependencies: [SOURCE],
    bind(slice) {
      const source = slice.input(SOURCE, 'bv_vol')
      const volatilityBefore = previousValue(slice, 'volatility', DIMENSIONLESS)
      const up = slice.column('up')
      const down = slice.column('down')
      const stat = slice.column('stat')
      return {
        step(state, bar, out) {
          const volatility = volatilityBefore(state, bar.index, read(out, source))
          const value = isZero(volatility) ? 0 : bar.logReturn / volatility
          const isKnown = !Number.isNaN(value)
          out[up] = isKnown ? Number(value >= threshold) : Number.NaN
          out[down] = isKnown ? Number(value <= -threshold) : Number.NaN
          out[stat] = value
        },
      }
    },
  }),
})
