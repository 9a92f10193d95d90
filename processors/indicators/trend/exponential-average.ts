import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { priceField, windowLength } from '../params.ts'
import { exponentialAverage } from '../smoothing.ts'

/** Exponential moving average of a price, seeded with the mean of the first `window` prices (TA-Lib ta_EMA). Unit: price. */
export const exponentialPriceAverage = defineIndicator({
  ids: ['ema_12', 'ema_20', 'ema_26', 'ema_50', 'ema_200'],
  params: z.strictObject({ window: windowLength, price_field: priceField }),
  plan: ({ window, price_field }) => ({
    outputs: ['value'],
    warmupBars: window,
    bind(slice) {
      const average = exponentialAverage(slice.slots('average', 1, PRICE), window)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          out[value] = average(state, bar.index, bar[price_field])
        },
      }
    },
  }),
})
