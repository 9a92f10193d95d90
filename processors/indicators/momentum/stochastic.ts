import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { isZero, windowLength } from '../params.ts'
import { put, read, windowMean } from '../ring.ts'

/**
 * Stochastic %K: the close's place in the range of `lookback` bars, in per cent, averaged over `smooth_k` bars
 * (Lane; TA-Lib ta_STOCH slowK). Unit: pct, 0..100. A range of zero counts as 0. TA-Lib withholds the first values until %D
 * exists; here they start with the first complete average.
 */
export const stochasticK = defineIndicator({
  ids: ['stoch_k_14_3'],
  params: z.strictObject({ lookback: windowLength, smooth_k: windowLength }),
  plan: ({ lookback, smooth_k }) => ({
    outputs: ['value'],
    warmupBars: lookback + smooth_k - 1,
    highest: { high: lookback },
    lowest: { low: lookback },
    bind(slice) {
      const highest = slice.highest('high', lookback)
      const lowest = slice.lowest('low', lookback)
      const raw = slice.ring('raw', smooth_k, DIMENSIONLESS)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const high = read(bar.shared, highest)
          const low = read(bar.shared, lowest)
          const range = high - low
          // The quotient first: a close at the high is then exactly 100.
          put(state, raw, bar.index, isZero(range) ? 0 : 100 * ((bar.close - low) / range))
          out[value] = windowMean(state, raw, bar.index, smooth_k)
        },
      }
    },
  }),
})

/** Stochastic %D: mean of the last `smooth_d` values of %K (Lane; TA-Lib ta_STOCH slowD). Unit: pct, 0..100. */
export const stochasticD = defineIndicator({
  ids: ['stoch_d_14_3_3'],
  params: z.strictObject({ lookback: windowLength, smooth_k: windowLength, smooth_d: windowLength }),
  plan: ({ lookback, smooth_k, smooth_d }) => {
    const source = `stoch_k_${lookback}_${smooth_k}`
    return {
      outputs: ['value'],
      warmupBars: lookback + smooth_k + smooth_d - 2,
      dependencies: [source],
      bind(slice) {
        const input = slice.input(source, 'value')
        const recent = slice.ring('recent', smooth_d, DIMENSIONLESS)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            put(state, recent, bar.index, out[input] ?? Number.NaN)
            out[value] = windowMean(state, recent, bar.index, smooth_d)
          },
        }
      },
    }
  },
})
