import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { windowOnly } from '../params.ts'
import { previousValue } from '../previous-value.ts'
import { read, valueAgo } from '../ring.ts'
import { scaledReturn } from './scaled-return.ts'

/** Bars until the volatility of the bar before is known. */
const VOLATILITY_WARMUP = 22

/**
 * Return path: the last `window` log returns, oldest first, all over the one volatility known before the current bar, each cut off
 * at 5 (Qlib Alpha360, normalised). Unit: vec16. Without volatility all are 0.
 */
export const returnPath = defineIndicator({
  ids: ['ret_path_vec_v1'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['vec'],
    warmupBars: VOLATILITY_WARMUP - 1 + window,
    lookback: { logReturn: window },
    dependencies: ['ewma_vol_094'],
    bind(slice) {
      const returns = slice.series('logReturn')
      const volatility = slice.input('ewma_vol_094', 'value')
      const volatilityBefore = previousValue(slice, 'volatility', DIMENSIONLESS)
      const first = slice.column('vec')
      return {
        step(state, bar, out) {
          const scale = volatilityBefore(state, bar.index, read(out, volatility))
          for (let k = 0; k < window; k += 1) {
            out[first + k] = scaledReturn(valueAgo(state, returns, bar.index, window - 1 - k), scale)
          }
        },
      }
    },
  }),
})
