import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { isZero } from '../params.ts'
import { previousValue } from '../previous-value.ts'
import { read } from '../ring.ts'
import { withhold } from '../withhold.ts'

const ATR = 'atr_14'
const ATR_WARMUP = 15

/**
 * Opening gaps: the open against the close before, in ATRs of the bar before, on the first bar of a session (on bars of a day
 * or more, every bar). `size_atr` (ATRs): the gap, 0 on other bars and without an ATR; `up`, `down` (flag): it is at least
 * `min_atr`. Not available on an intraday bar whose session is not known, and up to the end
 * of the first session that is.
 */
export const openingGap = defineIndicator({
  ids: ['gap_flag_v1'],
  params: z.strictObject({ min_atr: z.number().positive() }),
  plan: ({ min_atr }) => ({
    outputs: ['up', 'down', 'size_atr'],
    warmupBars: ATR_WARMUP + 1,
    dependencies: [ATR],
    bind(slice) {
      const range = slice.input(ATR, 'value')
      const previousRange = previousValue(slice, 'atr', PRICE)
      // The newest session known so far, its ordinal plus 1; 0 = none. A bar outside of all sessions does not change it.
      const newestSession = slice.slots('newestSession', 1, DIMENSIONLESS)
      const up = slice.column('up')
      const down = slice.column('down')
      const size = slice.column('size_atr')
      const own = [up, down, size]
      return {
        step(state, bar, out) {
          const atr = previousRange(state, bar.index, read(out, range))
          const { ordinal } = bar.session
          const newest = read(state, newestSession)
          const sessionsOn = newest === 0 ? Number.NaN : ordinal + 1 - newest
          if (!Number.isNaN(ordinal)) state[newestSession] = ordinal + 1
          const isIntraday = bar.timeframe !== '1d' && bar.timeframe !== '1w'
          if (Number.isNaN(atr) || (isIntraday && Number.isNaN(sessionsOn))) return withhold(out, own)
          const opensSession = !isIntraday || sessionsOn > 0
          const gap = opensSession && !isZero(atr) ? (bar.open - bar.previousClose) / atr : 0
          out[up] = Number(gap >= min_atr)
          out[down] = Number(gap <= -min_atr)
          out[size] = gap
        },
      }
    },
  }),
})
