import { defineIndicator } from '../definition.ts'
import { windowOnly } from '../params.ts'
import { read } from '../ring.ts'
import { EXTREME } from '../shared-extremes.ts'

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
    highest: { high: window + 1 },
    lowest: { low: window + 1 },
    bind(slice) {
      const highest = slice.highest('high', window + 1)
      const lowest = slice.lowest('low', window + 1)
      const up = slice.column('up')
      const down = slice.column('down')
      const osc = slice.column('osc')
      return {
        step(_state, bar, out) {
          const upward = 100 * ((window - read(bar.shared, highest + EXTREME.age)) / window)
          const downward = 100 * ((window - read(bar.shared, lowest + EXTREME.age)) / window)
          out[up] = upward
          out[down] = downward
          out[osc] = upward - downward
        },
      }
    },
  }),
})
