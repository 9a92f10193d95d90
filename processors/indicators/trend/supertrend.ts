import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { read } from '../ring.ts'
import { wilderAverage } from '../smoothing.ts'

/**
 * Supertrend: bands of `multiplier` average true ranges around (H + L) / 2 that only tighten until a close breaks them; the value
 * is the lower one in an upward trend, else the upper one (TA-Lib ta_SUPERTREND). Unit: price; direction +1 or -1. It starts
 * upward at the first average true range.
 */
export const supertrend = defineIndicator({
  ids: ['supertrend_10_3'],
  params: z.strictObject({ window: windowLength, multiplier: z.number().positive() }),
  plan: ({ window, multiplier }) => ({
    outputs: ['value', 'direction'],
    warmupBars: window + 1,
    bind(slice) {
      const average = wilderAverage(slice.slots('average', 1, PRICE), window)
      const upperBand = slice.slots('upper', 1, PRICE)
      const lowerBand = slice.slots('lower', 1, PRICE)
      const trend = slice.slots('trend', 1, DIMENSIONLESS)
      const value = slice.column('value')
      const direction = slice.column('direction')
      return {
        step(state, bar, out) {
          const reach = multiplier * average(state, bar.index - 1, bar.trueRange)
          const middle = (bar.high + bar.low) / 2
          let upper = middle + reach
          let lower = middle - reach
          let upward = true
          if (bar.index > window) {
            const previousUpper = read(state, upperBand)
            const previousLower = read(state, lowerBand)
            if (!(upper < previousUpper || bar.previousClose > previousUpper)) upper = previousUpper
            if (!(lower > previousLower || bar.previousClose < previousLower)) lower = previousLower
            upward = read(state, trend) > 0 ? bar.close >= lower : bar.close > upper
          }
          state[upperBand] = upper
          state[lowerBand] = lower
          state[trend] = upward ? 1 : -1
          out[value] = upward ? lower : upper
          out[direction] = upward ? 1 : -1
        },
      }
    },
  }),
})
