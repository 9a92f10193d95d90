import { defineIndicator } from '../definition.ts'
import { isZero, windowOnly } from '../params.ts'
import { read, windowSum } from '../ring.ts'

/**
 * Vortex: sums of |H - L[1]| (plus) and |L - H[1]| (minus) over the sum of the true range (Botes & Siepman 2010; TA-Lib
 * ta_VORTEX). Unit: ratio; without any range 0.
 */
export const vortex = defineIndicator({
  ids: ['vortex_14'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['vi_plus', 'vi_minus'],
    warmupBars: window + 1,
    lookback: { high: window + 1, low: window + 1, trueRange: window },
    bind(slice) {
      const highs = slice.series('high')
      const lows = slice.series('low')
      const ranges = slice.series('trueRange')
      const plus = slice.column('vi_plus')
      const minus = slice.column('vi_minus')
      return {
        step(state, bar, out) {
          const { index } = bar
          let previousHigh = read(state, highs.offset + ((index - window) & highs.mask))
          let previousLow = read(state, lows.offset + ((index - window) & lows.mask))
          let upward = 0
          let downward = 0
          for (let each = index - window + 1; each <= index; each += 1) {
            const high = read(state, highs.offset + (each & highs.mask))
            const low = read(state, lows.offset + (each & lows.mask))
            upward += Math.abs(high - previousLow)
            downward += Math.abs(low - previousHigh)
            previousHigh = high
            previousLow = low
          }
          const range = windowSum(state, ranges, index, window)
          const still = isZero(range)
          out[plus] = still ? 0 : upward / range
          out[minus] = still ? 0 : downward / range
        },
      }
    },
  }),
})
