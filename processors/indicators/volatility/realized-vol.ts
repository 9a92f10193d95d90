import { z } from 'zod'
import { TIMEFRAMES, type Timeframe } from '../../../catalog/timeframe.ts'
import { defineIndicator } from '../definition.ts'
import { windowLength } from '../params.ts'
import { RETURN_MOMENTS, sharedReturnMoments } from '../return-moments.ts'
import { read } from '../ring.ts'

const params = z.strictObject({
  window: windowLength.min(2),
  annualise: z.boolean(),
  bars_per_year: z.record(z.string(), z.number().positive()).default({}),
})

/**
 * Realised volatility: sample standard deviation of the last `window` log returns times sqrt(bars_per_year[timeframe])
 * (RiskMetrics 1996). Unit: vol. NaN on a timeframe that `bars_per_year` does not list: how many bars a year has there is for
 * the catalog to say.
 */
export const realizedVolatility = defineIndicator({
  ids: ['realized_vol_20', 'realized_vol_60'],
  params,
  plan: ({ window, annualise, bars_per_year }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { logReturn: window },
    bind(slice) {
      const moments = sharedReturnMoments(slice, window)
      const value = slice.column('value')
      const scaleOf = (timeframe: Timeframe) => (annualise ? Math.sqrt(bars_per_year[timeframe] ?? Number.NaN) : 1)
      const scales = Object.fromEntries(TIMEFRAMES.map((timeframe) => [timeframe, scaleOf(timeframe)]))
      return {
        step(_state, bar, out) {
          const variance = read(bar.shared, moments + RETURN_MOMENTS.squares) / (window - 1)
          out[value] = Math.sqrt(variance) * (scales[bar.timeframe] ?? Number.NaN)
        },
      }
    },
  }),
})
