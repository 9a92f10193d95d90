import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { noParams } from '../params.ts'
import { read } from '../ring.ts'

/**
 * Intraday drawdown: C / (highest high since the session began) - 1. Unit: ratio, -1..0. None where no calendar is known. In a
 * stream that starts within a session it begins with the first bar.
 */
export const intradayDrawdown = defineIndicator({
  ids: ['dd_intraday'],
  params: noParams,
  plan: () => ({
    outputs: ['value'],
    warmupBars: 1,
    bind(slice) {
      const session = slice.slots('session', 1, DIMENSIONLESS)
      const highest = slice.slots('highest', 1, PRICE)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const { ordinal } = bar.session
          const goesOn = bar.index > 0 && ordinal === read(state, session)
          const high = goesOn ? Math.max(read(state, highest), bar.high) : bar.high
          state[session] = ordinal
          state[highest] = high
          out[value] = Number.isNaN(ordinal) ? Number.NaN : bar.close / high - 1
        },
      }
    },
  }),
})
