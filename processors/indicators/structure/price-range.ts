import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowMaximum, windowMinimum } from '../extreme-window.ts'
import { isZero, windowOnly } from '../params.ts'

/** Highest high of the last `window` bars, the current one included (Donchian; TA-Lib ta_MAX). Unit: price. */
export const rangeHigh = defineIndicator({
  ids: ['range_high_20', 'range_high_55'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window,
    bind(slice) {
      const highest = windowMaximum(slice, 'highest', window, PRICE)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          out[value] = highest(state, bar.index, bar.high)
        },
      }
    },
  }),
})

/** Lowest low of the last `window` bars, the current one included (Donchian; TA-Lib ta_MIN). Unit: price. */
export const rangeLow = defineIndicator({
  ids: ['range_low_20', 'range_low_55'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window,
    bind(slice) {
      const lowest = windowMinimum(slice, 'lowest', window, PRICE)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          out[value] = lowest(state, bar.index, bar.low)
        },
      }
    },
  }),
})

/** Place of the close between the lowest low and the highest high of `window` bars (Qlib Alpha158 RSV). Unit: ratio; no range: 0.5. */
export const priceLocation = defineIndicator({
  ids: ['price_location_20'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window,
    bind(slice) {
      const highest = windowMaximum(slice, 'highest', window, PRICE)
      const lowest = windowMinimum(slice, 'lowest', window, PRICE)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const high = highest(state, bar.index, bar.high)
          const low = lowest(state, bar.index, bar.low)
          out[value] = isZero(high - low) ? 0.5 : (bar.close - low) / (high - low)
        },
      }
    },
  }),
})
