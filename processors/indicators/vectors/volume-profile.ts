import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { isZero, windowLength } from '../params.ts'
import { read, valueAgo, windowSum } from '../ring.ts'

const params = z.strictObject({ window: windowLength, bins: windowLength })

/**
 * Volume profile: the range of the last `window` bars in `bins` equal bins, the lowest first; each bar's volume goes to the bin of its
 * typical price (H+L+C)/3 (Steidlmayer's market profile). Unit: vec8, shares of the total, sum 1. Without range or volume
 * all bins are equal.
 */
export const volumeProfile = defineIndicator({
  ids: ['volume_profile_vec_v1'],
  params,
  plan: ({ window, bins }) => ({
    outputs: ['vec'],
    warmupBars: window,
    lookback: { high: window, low: window, close: window, volume: window },
    highest: { high: window },
    lowest: { low: window },
    bind(slice) {
      const highest = slice.highest('high', window)
      const lowest = slice.lowest('low', window)
      const highs = slice.series('high')
      const lows = slice.series('low')
      const closes = slice.series('close')
      const volumes = slice.series('volume')
      const first = slice.column('vec')
      return {
        step(state, bar, out) {
          const { index } = bar
          const bottom = read(bar.shared, lowest)
          const range = read(bar.shared, highest) - bottom
          const total = windowSum(state, volumes, index, window)
          const equal = isZero(range) || isZero(total)
          for (let bin = 0; bin < bins; bin += 1) out[first + bin] = equal ? 1 / bins : 0
          if (equal) return
          for (let ago = window - 1; ago >= 0; ago -= 1) {
            const prices = valueAgo(state, highs, index, ago) + valueAgo(state, lows, index, ago)
            const typical = (prices + valueAgo(state, closes, index, ago)) / 3
            // The mean of three equal prices can be an ulp outside of the range.
            const column = first + Math.max(0, Math.min(bins - 1, Math.floor((bins * (typical - bottom)) / range)))
            out[column] = read(out, column) + valueAgo(state, volumes, index, ago)
          }
          for (let column = first; column < first + bins; column += 1) {
            // A bin is summed in another order than the total, and can be an ulp above it.
            out[column] = Math.min(1, read(out, column) / total)
          }
        },
      }
    },
  }),
})
