import { z } from 'zod'
import { defineIndicator, type IndicatorPlan } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowLength, windowOnly } from '../params.ts'
import { read } from '../ring.ts'
import type { Slice } from '../slice.ts'
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
  // The quotient comes first: 100 * (g / g) is exactly 100, (100 * g) / g may be an ulp above.
  plan: ({ window }) => gainsAgainstLosses(window, (gain, loss) => 100 * (gain / (gain + loss))),
})

/**
 * Chande momentum oscillator: 100 * (gains - losses) / (gains + losses), smoothed as the relative strength index is
 * (Chande & Kroll 1994; TA-Lib ta_CMO). Unit: pct, -100..100; before the first change ever 0.
 */
export const chandeMomentum = defineIndicator({
  ids: ['cmo_14'],
  params: windowOnly,
  plan: ({ window }) => gainsAgainstLosses(window, (gain, loss) => 100 * ((gain - loss) / (gain + loss))),
})

/** A ratio of the Wilder averages of the gains and the losses of the close; 0 while both are 0. */
function gainsAgainstLosses(window: number, ratio: (gain: number, loss: number) => number): IndicatorPlan {
  return {
    outputs: ['value'],
    warmupBars: window + 1,
    bind(slice) {
      const averages = sharedGains(slice, window)
      const value = slice.column('value')
      return {
        step(_state, { shared }, out) {
          const gain = read(shared, averages)
          const loss = read(shared, averages + 1)
          // Zero itself, not 1e-14: on a flat stretch both fade together and their ratio stays what it was.
          out[value] = gain + loss === 0 ? 0 : ratio(gain, loss)
        },
      }
    },
  }
}

/** Index in `bar.shared` of the Wilder averages of the gains and, next to it, of the losses of the close. */
function sharedGains(slice: Slice, window: number): number {
  return slice.shared(`Wilder averages of ${window} gains and losses`, 2, () => {
    const gains = wilderAverage(slice.slots('gains', 1, PRICE), window)
    const losses = wilderAverage(slice.slots('losses', 1, PRICE), window)
    return (state, bar, shared, at) => {
      const change = bar.close - bar.previousClose
      // Half the change and half its size add up to the change or to 0. Math.max would branch on a sign that nobody can predict.
      const half = 0.5 * change
      const size = Math.abs(half)
      shared[at] = gains(state, bar.index - 1, size + half)
      shared[at + 1] = losses(state, bar.index - 1, size - half)
    }
  })
}
