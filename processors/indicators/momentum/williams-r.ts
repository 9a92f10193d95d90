import { defineIndicator } from '../definition.ts'
import { isZero, windowOnly } from '../params.ts'
import { read } from '../ring.ts'

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
    highest: { high: window },
    lowest: { low: window },
    bind(slice) {
      const highest = slice.highest('high', window)
      const lowest = slice.lowest('low', window)
      const value = slice.column('value')
      return {
        step(_state, bar, out) {
          const high = read(bar.shared, highest)
          const range = high - read(bar.shared, lowest)
          out[value] = isZero(range) ? 0 : 100 * ((bar.close - high) / range)
        },
      }
    },
  }),
})
