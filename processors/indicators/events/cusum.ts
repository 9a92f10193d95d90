import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { previousValue } from '../previous-value.ts'
import { read } from '../ring.ts'
import { withhold } from '../withhold.ts'

const SOURCE = 'ewma_vol_094'
const SOURCE_WARMUP = 21

/**
 * Symmetric CUSUM filter of log returns (Page 1954; Lopez de Prado 2018, 2.5.2.1). `pos`, `neg` (index): what the close has
 * gained, or lost, since the sum last was zero, in log returns; `up`, `down` (flag): it has come to `h_sigma` EWMA volatilities
 * of the bar before, and starts again at zero.
 */
export const cusum = defineIndicator({
  ids: ['cusum_event_v1'],
  params: z.strictObject({ h_sigma: z.number().positive() }),
  plan: ({ h_sigma }) => ({
    outputs: ['up', 'down', 'pos', 'neg'],
    warmupBars: SOURCE_WARMUP + 1,
    dependencies: [SOURCE],
    bind(slice) {
      const source = slice.input(SOURCE, 'value')
      const volatilityBefore = previousValue(slice, 'volatility', DIMENSIONLESS)
      const gained = slice.slots('gained', 1, DIMENSIONLESS)
      const lost = slice.slots('lost', 1, DIMENSIONLESS)
      const up = slice.column('up')
      const down = slice.column('down')
      const pos = slice.column('pos')
      const neg = slice.column('neg')
      const own = [up, down, pos, neg]
      return {
        step(state, bar, out) {
          const threshold = h_sigma * volatilityBefore(state, bar.index, read(out, source))
          if (Number.isNaN(threshold + bar.logReturn)) return withhold(out, own)
          const gain = Math.max(0, read(state, gained) + bar.logReturn)
          const loss = Math.min(0, read(state, lost) + bar.logReturn)
          const isUp = gain >= threshold
          const isDown = loss <= -threshold
          state[gained] = isUp ? 0 : gain
          state[lost] = isDown ? 0 : loss
          out[up] = Number(isUp)
          out[down] = Number(isDown)
          out[pos] = read(state, gained)
          out[neg] = read(state, lost)
        },
      }
    },
  }),
})
