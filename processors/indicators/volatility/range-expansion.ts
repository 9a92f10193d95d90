import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { isZero, windowOnly } from '../params.ts'
import { put, windowSum } from '../ring.ts'

/** Range expansion: (H-L) over its mean of `window` bars, the current one included. Unit: ratio, 0..window; no range at all: 1. */
export const rangeExpansion = defineIndicator({
  ids: ['range_expansion_20'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window,
    bind(slice) {
      const ranges = slice.ring('ranges', window, PRICE)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const range = bar.high - bar.low
          put(state, ranges, bar.index, range)
          const sum = windowSum(state, ranges, bar.index, window)
          // The quotient first: a range that is the whole sum is then exactly `window`.
          out[value] = isZero(sum / window) ? 1 : window * (range / sum)
        },
      }
    },
  }),
})
