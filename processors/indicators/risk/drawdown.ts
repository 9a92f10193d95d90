import { defineIndicator } from '../definition.ts'
import { windowOnly } from '../params.ts'
import { read } from '../ring.ts'

/** Trailing drawdown: C / (highest close of `window` bars) - 1 (TA-Lib ta_MAX). Unit: ratio, -1..0. */
export const trailingDrawdown = defineIndicator({
  ids: ['dd_trailing_20', 'dd_trailing_252'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window,
    highest: { close: window },
    bind(slice) {
      const highest = slice.highest('close', window)
      const value = slice.column('value')
      return {
        step(_state, bar, out) {
          out[value] = bar.close / read(bar.shared, highest) - 1
        },
      }
    },
  }),
})
