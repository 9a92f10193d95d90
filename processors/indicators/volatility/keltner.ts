import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { exponentialAverage, wilderAverage } from '../smoothing.ts'

const params = z
  .strictObject({ window: windowLength, atr_window: windowLength, multiplier: z.number().positive() })
  .refine(({ window, atr_window }) => atr_window < window, 'atr_window must be below window')

/**
 * Keltner channel: EMA of the typical price (H+L+C)/3, and `multiplier` average true ranges (Wilder) above and below it
 * (Keltner 1960, Raschke's variant; TA-Lib ta_KC). Unit: price. The seeds are aligned: the true range is first averaged over the
 * `atr_window` bars up to the seed bar of the EMA.
 */
export const keltnerChannel = defineIndicator({
  ids: ['keltner_20_10_15'],
  params,
  plan: ({ window, atr_window, multiplier }) => ({
    outputs: ['upper', 'middle', 'lower'],
    warmupBars: window,
    bind(slice) {
      const center = exponentialAverage(slice.slots('center', 1, PRICE), window)
      const trueRange = wilderAverage(slice.slots('true_range', 1, PRICE), atr_window)
      const upper = slice.column('upper')
      const middle = slice.column('middle')
      const lower = slice.column('lower')
      const lag = window - atr_window
      return {
        step(state, bar, out) {
          const mean = center(state, bar.index, (bar.high + bar.low + bar.close) / 3)
          const halfWidth = multiplier * trueRange(state, bar.index - lag, bar.trueRange)
          out[upper] = mean + halfWidth
          out[middle] = mean
          out[lower] = mean - halfWidth
        },
      }
    },
  }),
})
