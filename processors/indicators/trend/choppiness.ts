import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowMaximum, windowMinimum } from '../extreme-window.ts'
import { isZero, windowLength } from '../params.ts'
import { windowSum } from '../ring.ts'

/**
 * Choppiness: 100 * log(sum of true ranges / range of the window) / log(window), the range taken between the highest and lowest
 * true extremes max(H, C[1]) and min(L, C[1]) (Dreiss). Unit: pct, 0 = straight run .. 100 = no way made; no range: 100.
 */
export const choppiness = defineIndicator({
  ids: ['chop_14'],
  params: z.strictObject({ window: windowLength.min(2) }),
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { trueRange: window },
    bind(slice) {
      const ranges = slice.series('trueRange')
      const highest = windowMaximum(slice, 'highest', window, PRICE)
      const lowest = windowMinimum(slice, 'lowest', window, PRICE)
      const value = slice.column('value')
      const scale = Math.log(window)
      return {
        step(state, bar, out) {
          const previousClose = bar.index === 0 ? bar.close : bar.previousClose
          const top = highest(state, bar.index, Math.max(bar.high, previousClose))
          const range = top - lowest(state, bar.index, Math.min(bar.low, previousClose))
          const share = Math.log(windowSum(state, ranges, bar.index, window) / range) / scale
          out[value] = isZero(range) ? 100 : 100 * Math.min(1, Math.max(0, share))
        },
      }
    },
  }),
})
