import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowMaximum, windowMinimum } from '../extreme-window.ts'
import { isZero, windowOnly } from '../params.ts'

/**
 * Williams %R: distance of the close from the highest high in per cent of the range (TA-Lib ta_WILLR). Unit: pct, -100..0;
 * no range: 0.
 */
export const williamsR = defineIndicator({
  ids: ['williams_r_14'],
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
          const range = high - lowest(state, bar.index, bar.low)
          out[value] = isZero(range) ? 0 : 100 * ((bar.close - high) / range)
        },
      }
    },
  }),
})
