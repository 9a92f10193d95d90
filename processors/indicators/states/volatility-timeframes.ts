import { defineIndicator } from '../definition.ts'
import { isZero, noParams } from '../params.ts'
import { read } from '../ring.ts'
import { otherTimeframe } from '../side-fields.ts'

const SOURCE = 'realized_vol_20'
const DAILY = otherTimeframe('1d', SOURCE, 'value')

/**
 * Realised volatility of 20 hourly bars over that of 20 daily bars, both annualised, the daily one of the newest day closed by
 * then. Unit: ratio. On bars of 1h only; a daily volatility of zero: not available.
 */
export const volatilityOfTimeframes = defineIndicator({
  ids: ['vol_mtf_v1'],
  params: noParams,
  plan: () => ({
    outputs: ['ratio'],
    warmupBars: undefined,
    dependencies: [SOURCE],
    side: [DAILY],
    bind(slice) {
      const hourly = slice.input(SOURCE, 'value')
      const daily = slice.side(DAILY)
      const ratio = slice.column('ratio')
      return {
        step(_state, bar, out) {
          const ofDays = read(bar.side, daily)
          out[ratio] = bar.timeframe !== '1h' || isZero(ofDays) ? Number.NaN : read(out, hourly) / ofDays
        },
      }
    },
  }),
})
