import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowMaximumAge, windowMinimumAge } from '../extreme-window.ts'
import { windowOnly } from '../params.ts'

/**
 * Aroon: how lately the highest high (up) and the lowest low (down) of window + 1 bars came, 100 = on this bar, 0 = `window` bars
 * ago; osc = up - down. Of equal extremes the most recent counts (Chande 1995; TA-Lib ta_AROON). Unit: pct.
 */
export const aroon = defineIndicator({
  ids: ['aroon_25'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['up', 'down', 'osc'],
    warmupBars: window + 1,
    bind(slice) {
      const sinceHighest = windowMaximumAge(slice, 'highest', window + 1, PRICE)
      const sinceLowest = windowMinimumAge(slice, 'lowest', window + 1, PRICE)
      const up = slice.column('up')
      const down = slice.column('down')
      const osc = slice.column('osc')
      return {
        step(state, bar, out) {
          const upward = 100 * ((window - sinceHighest(state, bar.index, bar.high)) / window)
          const downward = 100 * ((window - sinceLowest(state, bar.index, bar.low)) / window)
          out[up] = upward
          out[down] = downward
          out[osc] = upward - downward
        },
      }
    },
  }),
})
