import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { previousValue } from '../previous-value.ts'
import { read, valueAgo } from '../ring.ts'
import { withhold } from '../withhold.ts'

const BODY = 'candle_body_pct'
const UPPER_WICK = 'upper_wick_pct'
const LOWER_WICK = 'lower_wick_pct'
const CLOSE_POSITION = 'close_pos_pct'
const ATR = 'atr_14'
const ATR_WARMUP = 15

/** Least range of a candle that says anything but doji, in ATRs of the bar before. */
const MIN_RANGE_ATR = 0.25

/** Bars over which a hammer must have followed a fall, a shooting star a rise. */
const CONTEXT_BARS = 5

/** How near its end of the range a strong candle must close. */
const CLOSE_AT_END = 0.15

const share = z.number().min(0).max(1)

/**
 * Patterns of one candle (Nison 1991); `body` and the wicks are shares of its range. `is_doji`: hardly a body. All others need
 * a range of 0.25 ATRs of the bar before: `is_pinbar_bull` and `is_pinbar_bear`: one long wick, below or above, and hardly the
 * other; `is_hammer`, `is_shooting_star`: the same after five bars down, or up; `is_strong_bull`, `is_strong_bear`: a long body
 * with the close in the last 15 % of the range. Unit: flag.
 */
export const candlePattern = defineIndicator({
  ids: ['candle_pattern_basic_v1'],
  params: z.strictObject({ doji_body: share, wick: share, other_wick: share, strong_body: share }),
  plan: ({ doji_body, wick, other_wick, strong_body }) => ({
    outputs: [
      'is_doji',
      'is_pinbar_bull',
      'is_pinbar_bear',
      'is_hammer',
      'is_shooting_star',
      'is_strong_bull',
      'is_strong_bear',
    ],
    warmupBars: ATR_WARMUP + 1,
    lookback: { close: CONTEXT_BARS + 1 },
    dependencies: [BODY, UPPER_WICK, LOWER_WICK, CLOSE_POSITION, ATR],
    bind(slice) {
      const closes = slice.series('close')
      const bodyInput = slice.input(BODY, 'value')
      const upperInput = slice.input(UPPER_WICK, 'value')
      const lowerInput = slice.input(LOWER_WICK, 'value')
      const positionInput = slice.input(CLOSE_POSITION, 'value')
      const rangeInput = slice.input(ATR, 'value')
      const previousRange = previousValue(slice, 'atr', PRICE)
      const doji = slice.column('is_doji')
      const pinbarBull = slice.column('is_pinbar_bull')
      const pinbarBear = slice.column('is_pinbar_bear')
      const hammer = slice.column('is_hammer')
      const shootingStar = slice.column('is_shooting_star')
      const strongBull = slice.column('is_strong_bull')
      const strongBear = slice.column('is_strong_bear')
      const own = [doji, pinbarBull, pinbarBear, hammer, shootingStar, strongBull, strongBear]
      return {
        step(state, bar, out) {
          const atr = previousRange(state, bar.index, read(out, rangeInput))
          const contextClose = valueAgo(state, closes, bar.index, CONTEXT_BARS)
          if (Number.isNaN(atr + contextClose)) return withhold(out, own)
          const body = read(out, bodyInput)
          const upper = read(out, upperInput)
          const lower = read(out, lowerInput)
          const position = read(out, positionInput)
          const isBig = bar.high - bar.low >= MIN_RANGE_ATR * atr
          const isPinbarBull = isBig && lower >= wick && upper <= other_wick
          const isPinbarBear = isBig && upper >= wick && lower <= other_wick
          const isStrong = isBig && body >= strong_body
          out[doji] = Number(body <= doji_body && bar.high > bar.low)
          out[pinbarBull] = Number(isPinbarBull)
          out[pinbarBear] = Number(isPinbarBear)
          out[hammer] = Number(isPinbarBull && bar.close < contextClose)
          out[shootingStar] = Number(isPinbarBear && bar.close > contextClose)
          out[strongBull] = Number(isStrong && bar.close > bar.open && position >= 1 - CLOSE_AT_END)
          out[strongBear] = Number(isStrong && bar.close < bar.open && position <= CLOSE_AT_END)
        },
      }
    },
  }),
})
