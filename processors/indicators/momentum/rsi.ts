import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { wilderAverage } from '../smoothing.ts'

/** The levels are for readers of the value (states, crossings); the value itself does not depend on them. */
const params = z.strictObject({
  window: windowLength,
  oversold: z.number().optional(),
  overbought: z.number().optional(),
})

/**
 * Relative strength index: 100 * gains / (gains + losses), both Wilder averages (Wilder 1978; TA-Lib ta_RSI). Unit: pct, 0..100.
 * Before the first change ever it is 0, as in TA-Lib.
 */
export const relativeStrength = defineIndicator({
  ids: ['rsi_14', 'rsi_2'],
  params,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    bind(slice) {
      const gains = wilderAverage(slice.slots('gains', 1, PRICE), window)
      const losses = wilderAverage(slice.slots('losses', 1, PRICE), window)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const change = bar.close - bar.previousClose
          const gain = gains(state, bar.index - 1, Math.max(change, 0))
          const loss = losses(state, bar.index - 1, Math.max(-change, 0))
          // Zero itself, not 1e-14: on a flat stretch both fade together and their ratio stays what it was. The quotient comes
          // first: 100 * (g / g) is exactly 100, (100 * g) / g may be an ulp above.
          out[value] = gain + loss === 0 ? 0 : 100 * (gain / (gain + loss))
        },
      }
    },
  }),
})
