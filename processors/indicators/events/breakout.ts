import { z } from 'zod'
import { barsSince } from '../bars-since.ts'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { isZero, windowLength } from '../params.ts'
import { previousValue } from '../previous-value.ts'
import { read } from '../ring.ts'
import { withhold } from '../withhold.ts'

const ATR = 'atr_14'

/**
 * Breakouts from the range of the last `lookback` bars as it was before this bar (Donchian; Brock, Lakonishok & LeBaron 1992).
 * `up`, `down` (flag): the close is more than `min_breakout_atr` ATRs, of the bar before, beyond the range, and that of the
 * bar before was not. `strength` (ATRs): how far beyond the range, negative downwards, 0 without a breakout or an ATR.
 * `bars_since_*` (bars): since the last one, 252 before the first and at most.
 */
export const breakout = defineIndicator({
  ids: ['breakout_flag_v1'],
  params: z.strictObject({ lookback: windowLength, min_breakout_atr: z.number().min(0) }),
  plan: ({ lookback, min_breakout_atr }) => ({
    outputs: ['up', 'down', 'strength', 'bars_since_up', 'bars_since_down'],
    warmupBars: lookback + 2,
    dependencies: [`range_high_${lookback}`, `range_low_${lookback}`, ATR],
    bind(slice) {
      const highInput = slice.input(`range_high_${lookback}`, 'value')
      const lowInput = slice.input(`range_low_${lookback}`, 'value')
      const rangeInput = slice.input(ATR, 'value')
      const previousHigh = previousValue(slice, 'high', PRICE)
      const previousLow = previousValue(slice, 'low', PRICE)
      const previousRange = previousValue(slice, 'atr', PRICE)
      const wasAbove = previousValue(slice, 'above', DIMENSIONLESS)
      const wasBelow = previousValue(slice, 'below', DIMENSIONLESS)
      const sinceUp = barsSince(slice, 'since_up')
      const sinceDown = barsSince(slice, 'since_down')
      const up = slice.column('up')
      const down = slice.column('down')
      const strength = slice.column('strength')
      const barsSinceUp = slice.column('bars_since_up')
      const barsSinceDown = slice.column('bars_since_down')
      const own = [up, down, strength, barsSinceUp, barsSinceDown]
      return {
        step(state, bar, out) {
          const high = previousHigh(state, bar.index, read(out, highInput))
          const low = previousLow(state, bar.index, read(out, lowInput))
          const atr = previousRange(state, bar.index, read(out, rangeInput))
          const isKnown = !Number.isNaN(high + low + atr)
          const margin = min_breakout_atr * atr
          const above = isKnown ? Number(bar.close > high + margin) : Number.NaN
          const below = isKnown ? Number(bar.close < low - margin) : Number.NaN
          const aboveBefore = wasAbove(state, bar.index, above)
          const belowBefore = wasBelow(state, bar.index, below)
          if (Number.isNaN(above + aboveBefore)) return withhold(out, own)
          const isUp = above === 1 && aboveBefore === 0
          const isDown = below === 1 && belowBefore === 0
          const distance = isUp ? bar.close - high : isDown ? bar.close - low : 0
          out[up] = Number(isUp)
          out[down] = Number(isDown)
          out[strength] = isZero(atr) ? 0 : distance / atr
          out[barsSinceUp] = sinceUp(state, isUp)
          out[barsSinceDown] = sinceDown(state, isDown)
        },
      }
    },
  }),
})
