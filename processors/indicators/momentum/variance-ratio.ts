import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { isZero, windowLength } from '../params.ts'
import { RETURN_MOMENTS, sharedReturnMoments } from '../return-moments.ts'
import { read } from '../ring.ts'

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
        const { offset, mask } = slice.series('logReturn')
        const moments = sharedReturnMoments(slice, window)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            const mean = read(bar.shared, moments + RETURN_MOMENTS.mean)
            const oldest = bar.index - window + 1
            let aggregateSquares = 0
            // Sum of the last q distances from the mean; it starts afresh in each window, so its rounding is the window's own.
            let sum = 0
            for (let place = 0; place < q; place += 1) sum += read(state, offset + ((oldest + place) & mask)) - mean
            aggregateSquares += sum * sum
            for (let place = q; place < window; place += 1) {
              const distance = read(state, offset + ((oldest + place) & mask)) - mean
              const leaving = read(state, offset + ((oldest + place - q) & mask)) - mean
              sum += distance - leaving
              aggregateSquares += sum * sum
            }
            const variance = read(bar.shared, moments + RETURN_MOMENTS.squares) / (window - 1)
            out[value] = isZero(Math.sqrt(variance)) ? 1 : aggregateSquares / weight / variance
          },
        }
      },
    }
  },
})
