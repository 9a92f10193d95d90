import { defineIndicator } from '../definition.ts'
import { windowOnly } from '../params.ts'
import { valueAgo } from '../ring.ts'

/** Rate of change: 100 * (C / C[window] - 1) (TA-Lib ta_ROC). Unit: pct. */
export const rateOfChange = defineIndicator({
  ids: ['roc_10'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { close: window + 1 },
    bind(slice) {
      const closes = slice.series('close')
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          out[value] = 100 * (bar.close / valueAgo(state, closes, bar.index, window) - 1)
        },
      }
    },
  }),
})

/** Momentum: C - C[window] (TA-Lib ta_MOM). Unit: price. */
export const momentum = defineIndicator({
  ids: ['mom_10'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { close: window + 1 },
    bind(slice) {
      const closes = slice.series('close')
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          out[value] = bar.close - valueAgo(state, closes, bar.index, window)
        },
      }
    },
  }),
})
