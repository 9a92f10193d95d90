import { z } from 'zod'
import type { BaseSeries } from '../base-series.ts'
import { defineIndicator, type IndicatorPlan } from '../definition.ts'
import { priceField, windowLength, windowOnly } from '../params.ts'
import { windowMean } from '../ring.ts'

/** Simple moving average of a price (TA-Lib ta_SMA). Unit: price. */
export const simpleAverage = defineIndicator({
  ids: ['sma_20', 'sma_50', 'sma_200'],
  params: z.strictObject({ window: windowLength, price_field: priceField }),
  plan: ({ window, price_field }) => meanOf(price_field, window),
})

/** Simple moving average of the volume (TA-Lib ta_SMA). Unit: shares. */
export const volumeAverage = defineIndicator({
  ids: ['vol_sma_20'],
  params: windowOnly,
  plan: ({ window }) => meanOf('volume', window),
})

function meanOf(name: BaseSeries, window: number): IndicatorPlan {
  return {
    outputs: ['value'],
    warmupBars: window,
    lookback: { [name]: window },
    bind(slice) {
      const series = slice.series(name)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          out[value] = windowMean(state, series, bar.index, window)
        },
      }
    },
  }
}
