import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { confirmation, latch, stateAge } from '../hysteresis.ts'
import { isZero, windowLength } from '../params.ts'
import { put, read, valueAgo } from '../ring.ts'
import { withhold } from '../withhold.ts'

const FAST = 'ema_20'
const SLOW = 'ema_50'
const SLOW_WARMUP = 50
const STRENGTH = 'adx_14'
const RANGE = 'atr_14'

/** ADX at which a trend counts as complete in the score. */
const FULL_ADX = 40

const params = z
  .strictObject({
    slope_bars: windowLength,
    slope_atr: z.number().positive(),
    adx_on: z.number(),
    adx_off: z.number(),
    confirm: windowLength,
  })
  .refine(({ adx_on, adx_off }) => adx_off <= adx_on, 'adx_off must not be above adx_on')

/**
 * Trend of one timeframe from three votes: the close against the slow average, the fast average against the slow one, and the
 * slow one's slope in ATRs per bar (Elder 1993). `state` (code, -2..2 strong_down, down, sideways, up, strong_up): a direction
 * takes two votes and no veto, it is strong while the ADX latch is on (on from 25, off below 20; Wilder 1978), and it is
 * adopted after `confirm` bars, until when there is none. `score` (ratio, -1..1): the votes' mean times min(1, ADX/40).
 * `age` (bars): since `state` last changed. No ATR: the slope has no vote.
 */
export const trendState = defineIndicator({
  ids: ['trend_state_v1'],
  params,
  plan: ({ slope_bars, slope_atr, adx_on, adx_off, confirm }) => ({
    outputs: ['state', 'score', 'age'],
    warmupBars: SLOW_WARMUP + slope_bars + confirm - 1,
    dependencies: [FAST, SLOW, STRENGTH, RANGE],
    bind(slice) {
      const fast = slice.input(FAST, 'value')
      const slow = slice.input(SLOW, 'value')
      const strength = slice.input(STRENGTH, 'value')
      const range = slice.input(RANGE, 'value')
      const slowAverages = slice.ring('slow', slope_bars + 1, PRICE)
      const strong = latch(slice, 'strong', adx_on, adx_off)
      const confirmed = confirmation(slice, 'state', confirm)
      const ageOf = stateAge(slice, 'age')
      const state_ = slice.column('state')
      const score = slice.column('score')
      const age = slice.column('age')
      const own = [state_, score, age]
      return {
        step(state, bar, out) {
          const average = read(out, slow)
          const atr = read(out, range)
          const adx = read(out, strength)
          put(state, slowAverages, bar.index, average)
          const isStrong = strong(state, adx)
          const change = average - valueAgo(state, slowAverages, bar.index, slope_bars)
          if (Number.isNaN(change + read(out, fast) + atr + adx)) return withhold(out, own)
          const slope = isZero(atr) ? 0 : change / (slope_bars * atr)
          const slopeVote = slope > slope_atr ? 1 : slope < -slope_atr ? -1 : 0
          const votes = Math.sign(bar.close - average) + Math.sign(read(out, fast) - average) + slopeVote
          const direction = votes >= 2 ? 1 : votes <= -2 ? -1 : 0
          const code = confirmed(state, direction * (1 + isStrong))
          out[state_] = code
          out[score] = (votes / 3) * Math.min(1, adx / FULL_ADX)
          out[age] = ageOf(state, code)
        },
      }
    },
  }),
})
