import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { put, read, valueAgo } from '../ring.ts'

const BODY = 'candle_body_pct'

/** Bars of the longest pattern. */
const BARS = 3

/** Least body of the first candle of a star, as a share of its range. */
const LONG_BODY = 0.5

/** Largest body of the middle candle of a star, as a share of that of the first. */
const SMALL_BODY = 0.3

/**
 * Patterns of two and three candles (Nison 1991). `is_engulfing_bull`: a rising candle whose body covers that of the falling
 * one before it and is longer; `is_morning_star`: a long falling body, a small one, then a rising candle that closes at least
 * in the middle of the first. `is_engulfing_bear` and `is_evening_star` mirror them. Unit: flag.
 */
export const multiCandlePattern = defineIndicator({
  ids: ['multi_candle_pattern_v1'],
  params: z.strictObject({ lookback: z.literal(BARS) }),
  plan: ({ lookback }) => ({
    outputs: ['is_engulfing_bull', 'is_engulfing_bear', 'is_morning_star', 'is_evening_star'],
    warmupBars: lookback,
    lookback: { open: lookback, close: lookback },
    dependencies: [BODY],
    bind(slice) {
      const opens = slice.series('open')
      const closes = slice.series('close')
      const body = slice.input(BODY, 'value')
      const bodies = slice.ring('bodies', lookback, DIMENSIONLESS)
      const engulfingBull = slice.column('is_engulfing_bull')
      const engulfingBear = slice.column('is_engulfing_bear')
      const morningStar = slice.column('is_morning_star')
      const eveningStar = slice.column('is_evening_star')
      return {
        step(state, bar, out) {
          put(state, bodies, bar.index, read(out, body))
          const open1 = valueAgo(state, opens, bar.index, 1)
          const close1 = valueAgo(state, closes, bar.index, 1)
          const open2 = valueAgo(state, opens, bar.index, 2)
          const close2 = valueAgo(state, closes, bar.index, 2)
          const rises = bar.close > bar.open
          const falls = bar.close < bar.open
          const isLonger = Math.abs(bar.close - bar.open) > Math.abs(close1 - open1)
          const coversUp = bar.open <= close1 && bar.close >= open1
          const coversDown = bar.open >= close1 && bar.close <= open1
          out[engulfingBull] = Number(close1 < open1 && rises && coversUp && isLonger)
          out[engulfingBear] = Number(close1 > open1 && falls && coversDown && isLonger)

          const isStar =
            valueAgo(state, bodies, bar.index, 2) >= LONG_BODY &&
            Math.abs(close1 - open1) <= SMALL_BODY * Math.abs(close2 - open2)
          const middle = (open2 + close2) / 2
          out[morningStar] = Number(isStar && close2 < open2 && rises && bar.close >= middle)
          out[eveningStar] = Number(isStar && close2 > open2 && falls && bar.close <= middle)
        },
      }
    },
  }),
})
