import { defineIndicator } from '../definition.ts'
import { isZero, windowOnly } from '../params.ts'
import { read } from '../ring.ts'

/** Highest high of the last `window` bars, the current one included (Donchian; TA-Lib ta_MAX). Unit: price. */
export const rangeHigh = defineIndicator({
  ids: ['range_high_20', 'range_high_55'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window,
    highest: { high: window },
    bind(slice) {
      const highest = slice.highest('high', window)
      const value = slice.column('value')
      return {
        step(_state, bar, out) {
          out[value] = read(bar.shared, highest)
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
    lowest: { low: window },
    bind(slice) {
      const lowest = slice.lowest('low', window)
      const value = slice.column('value')
      return {
        step(_state, bar, out) {
          out[value] = read(bar.shared, lowest)
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
    highest: { high: window },
    lowest: { low: window },
    bind(slice) {
      const highest = slice.highest('high', window)
      const lowest = slice.lowest('low', window)
      const value = slice.column('value')
      return {
        step(_state, bar, out) {
          const high = read(bar.shared, highest)
          const low = read(bar.shared, lowest)
          out[value] = isZero(high - low) ? 0.5 : (bar.close - low) / (high - low)
        },
      }
    },
  }),
})
