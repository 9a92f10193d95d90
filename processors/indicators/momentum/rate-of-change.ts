import { z } from 'zod'
import { defineIndicator, type IndicatorPlan } from '../definition.ts'
import { windowLength, windowOnly } from '../params.ts'
import { valueAgo } from '../ring.ts'

/** Rate of change: 100 * (C / C[window] - 1) (TA-Lib ta_ROC). Unit: pct. */
export const rateOfChange = defineIndicator({
  ids: ['roc_10'],
  params: windowOnly,
  plan: ({ window }) => returnSince(window, 100),
})

/** Simple return: C / C[window] - 1 (TA-Lib ta_ROCP). Unit: ratio. */
export const simpleReturn = defineIndicator({
  ids: ['ret_5', 'ret_20'],
  params: windowOnly,
  plan: ({ window }) => returnSince(window, 1),
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

/** Logarithmic return of the bar: ln(C / C[1]). Unit: logret. */
export const logReturn = defineIndicator({
  ids: ['logret_1'],
  params: z.strictObject({ window: windowLength.max(1) }),
  plan: () => ({
    outputs: ['value'],
    warmupBars: 2,
    bind(slice) {
      const value = slice.column('value')
      return {
        step(_state, bar, out) {
          out[value] = bar.logReturn
        },
      }
    },
  }),
})

function returnSince(window: number, scale: number): IndicatorPlan {
  return {
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { close: window + 1 },
    bind(slice) {
      const closes = slice.series('close')
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          out[value] = scale * (bar.close / valueAgo(state, closes, bar.index, window) - 1)
        },
      }
    },
  }
}
