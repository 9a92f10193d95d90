import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { isZero } from '../params.ts'
import { read, windowMean, windowSquares } from '../ring.ts'

/** Returns whose mean square starts the fast variance, and those whose deviation is the slow one. */
const SEED_RETURNS = 20
const SLOW_RETURNS = 60

const params = z.strictObject({
  on: z.number().positive(),
  off: z.number().positive(),
  lambda: z.number().positive().lt(1),
})

/**
 * Volatility burst: starts when the fast volatility (exponential, factor `lambda`) is at least `on` times the slow one, ends when it is
 * at most `off` times (RiskMetrics 1996; Lee & Mykland 2008). The slow one is realized_vol_60 of one bar, which needs no number of bars a
 * year. Units: flag, bars, ratio, ratio, z. net_move_sigma is the sum of the returns from that of the first bar on, in slow volatilities of
 * that bar; it, age and peak_ratio are 0 outside a burst. Without any volatility the ratio is 1.
 */
export const volBurstEpisode = defineIndicator({
  ids: ['vol_burst_episode_v1'],
  params,
  plan: ({ on, off, lambda }) => ({
    outputs: ['active', 'age', 'ratio', 'peak_ratio', 'net_move_sigma'],
    warmupBars: SLOW_RETURNS + 1,
    lookback: { logReturn: SLOW_RETURNS },
    bind(slice) {
      const returns = slice.series('logReturn')
      const fastSlot = slice.slots('fast_variance', 1, DIMENSIONLESS)
      const activeSlot = slice.slots('active', 1, DIMENSIONLESS)
      const ageSlot = slice.slots('age', 1, DIMENSIONLESS)
      const peakSlot = slice.slots('peak_ratio', 1, DIMENSIONLESS)
      const moveSlot = slice.slots('net_move', 1, DIMENSIONLESS)
      const slowAtStart = slice.slots('slow_at_start', 1, DIMENSIONLESS)
      const active = slice.column('active')
      const age = slice.column('age')
      const ratioColumn = slice.column('ratio')
      const peak = slice.column('peak_ratio')
      const netMove = slice.column('net_move_sigma')

      /** The mean of the first squares, their sum so far until then; afterwards exponential. `position` counts returns from 0. */
      const foldVariance = (state: Float64Array, position: number, square: number): number => {
        const previous = read(state, fastSlot)
        if (position >= SEED_RETURNS) return lambda * previous + (1 - lambda) * square
        return position === SEED_RETURNS - 1 ? (previous + square) / SEED_RETURNS : previous + square
      }

      const fold = (state: Float64Array, ratio: number, logReturn: number, slow: number): void => {
        if (state[activeSlot] === 1) {
          const goesOn = ratio > off
          state[activeSlot] = goesOn ? 1 : 0
          state[ageSlot] = goesOn ? read(state, ageSlot) + 1 : 0
          state[peakSlot] = goesOn ? Math.max(read(state, peakSlot), ratio) : 0
          state[moveSlot] = goesOn ? read(state, moveSlot) + logReturn : 0
        } else if (ratio >= on) {
          state[activeSlot] = 1
          state[peakSlot] = ratio
          state[moveSlot] = logReturn
          state[slowAtStart] = slow
        }
      }

      return {
        step(state, bar, out) {
          const { index, logReturn } = bar
          // The first bar has no return.
          if (index >= 1) state[fastSlot] = foldVariance(state, index - 1, logReturn * logReturn)
          if (index < SLOW_RETURNS) return
          const mean = windowMean(state, returns, index, SLOW_RETURNS)
          const squares = windowSquares(state, returns, index, SLOW_RETURNS, mean)
          const slow = Math.sqrt(squares / (SLOW_RETURNS - 1))
          const ratio = isZero(slow) ? 1 : Math.sqrt(read(state, fastSlot)) / slow
          fold(state, ratio, logReturn, slow)
          const isActive = state[activeSlot] === 1
          out[active] = read(state, activeSlot)
          out[age] = read(state, ageSlot)
          out[ratioColumn] = ratio
          out[peak] = read(state, peakSlot)
          out[netMove] = isActive ? read(state, moveSlot) / read(state, slowAtStart) : 0
        },
      }
    },
  }),
})
