import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { isZero, windowLength } from '../params.ts'
import { read, windowMean } from '../ring.ts'

const params = z
  .strictObject({ window: windowLength.min(2), q: windowLength })
  .refine(({ window, q }) => q < window, 'q must be below window')

/**
 * Variance ratio: unbiased variance of overlapping q-bar log returns over q times that of one-bar returns, within `window` returns
 * (Lo & MacKinlay 1988). Unit: ratio; above 1 trending, below 1 mean-reverting; 1 when the return does not vary.
 */
export const varianceRatio = defineIndicator({
  ids: ['vr_60_4'],
  params,
  plan: ({ window, q }) => {
    const weight = q * (window - q + 1) * (1 - q / window)
    return {
      outputs: ['value'],
      warmupBars: window + 1,
      lookback: { logReturn: window },
      bind(slice) {
        const returns = slice.series('logReturn')
        const { offset, mask } = returns
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            const mean = windowMean(state, returns, bar.index, window)
            const oldest = bar.index - window + 1
            let squares = 0
            let aggregateSquares = 0
            // Sum of the last q distances from the mean; it starts afresh in each window, so its rounding is the window's own.
            let sum = 0
            for (let place = 0; place < window; place += 1) {
              const distance = read(state, offset + ((oldest + place) & mask)) - mean
              squares += distance * distance
              const leaving = place < q ? 0 : read(state, offset + ((oldest + place - q) & mask)) - mean
              sum += distance - leaving
              if (place >= q - 1) aggregateSquares += sum * sum
            }
            const variance = squares / (window - 1)
            out[value] = isZero(Math.sqrt(variance)) ? 1 : aggregateSquares / weight / variance
          },
        }
      },
    }
  },
})
