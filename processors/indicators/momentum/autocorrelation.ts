import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { isZero, windowLength } from '../params.ts'
import { read } from '../ring.ts'

/**
 * Autocorrelation: Pearson correlation of the log return with that `lag` bars before, over the last `window` pairs (TA-Lib
 * ta_CORREL). Unit: ratio, -1..1; 0 when either side does not vary.
 */
export const returnAutocorrelation = defineIndicator({
  ids: ['autocorr_20'],
  params: z.strictObject({ window: windowLength.min(2), lag: windowLength }),
  plan: ({ window, lag }) => ({
    outputs: ['value'],
    warmupBars: window + lag + 1,
    lookback: { logReturn: window + lag },
    bind(slice) {
      const { offset, mask } = slice.series('logReturn')
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const oldest = bar.index - window + 1
          let currentSum = 0
          let laggedSum = 0
          for (let each = oldest; each <= bar.index; each += 1) {
            currentSum += read(state, offset + (each & mask))
            laggedSum += read(state, offset + ((each - lag) & mask))
          }
          const currentMean = currentSum / window
          const laggedMean = laggedSum / window
          let covariation = 0
          let currentVariation = 0
          let laggedVariation = 0
          for (let each = oldest; each <= bar.index; each += 1) {
            const current = read(state, offset + (each & mask)) - currentMean
            const lagged = read(state, offset + ((each - lag) & mask)) - laggedMean
            covariation += current * lagged
            currentVariation += current * current
            laggedVariation += lagged * lagged
          }
          const currentSpread = Math.sqrt(currentVariation)
          const laggedSpread = Math.sqrt(laggedVariation)
          const still = isZero(currentSpread) || isZero(laggedSpread)
          const correlation = covariation / (currentSpread * laggedSpread)
          out[value] = still ? 0 : Math.max(-1, Math.min(1, correlation))
        },
      }
    },
  }),
})
