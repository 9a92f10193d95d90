import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowMaximum } from '../extreme-window.ts'
import { windowOnly } from '../params.ts'

/** Trailing drawdown: C / (highest close of `window` bars) - 1 (TA-Lib ta_MAX). Unit: ratio, -1..0. */
export const trailingDrawdown = defineIndicator({
  ids: ['dd_trailing_20', 'dd_trailing_252'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window,
    bind(slice) {
      const highest = windowMaximum(slice, 'highest', window, PRICE)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          out[value] = bar.close / highest(state, bar.index, bar.close) - 1
        },
      }
    },
  }),
})
