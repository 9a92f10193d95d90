import { z } from 'zod'
import type { Bar } from '../bar.ts'
import { BAR_LOGS, sharedBarLogs } from '../bar-logs.ts'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { windowLength, windowOnly } from '../params.ts'
import { previousValue } from '../previous-value.ts'
import { RETURN_MOMENTS, sharedReturnMoments } from '../return-moments.ts'
import { put, read, valueAgo, windowMean } from '../ring.ts'

/** 3 - 2 sqrt 2. */
const ROOTS = 3 - 2 * Math.SQRT2

/**
 * Corwin-Schultz spread: mean over `window` bars of the spread that the high-low ranges of two successive bars imply, negative
 * ones as 0 and after taking overnight gaps out (Corwin & Schultz 2012). Unit: ratio to price, 0..2.
 */
export const corwinSchultzSpread = defineIndicator({
  ids: ['corwin_schultz_20'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { high: 2, low: 2 },
    bind(slice) {
      const highs = slice.series('high')
      const lows = slice.series('low')
      const logs = sharedBarLogs(slice)
      const lastRange = previousValue(slice, 'last_range', DIMENSIONLESS)
      const spreads = slice.ring('spreads', window, DIMENSIONLESS)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const previousHigh = valueAgo(state, highs, bar.index, 1)
          const previousLow = valueAgo(state, lows, bar.index, 1)
          const previousRange = lastRange(state, bar.index, read(bar.shared, logs + BAR_LOGS.range))
          put(state, spreads, bar.index, spreadOfPair(bar, previousHigh, previousLow, previousRange))
          out[value] = windowMean(state, spreads, bar.index, window)
        },
      }
    },
  }),
})

/** Spread implied by two bars; `previousRange` is ln(H/L) of the first. 2 (e^a - 1) / (1 + e^a) is 2 tanh(a/2), which cannot overflow. */
function spreadOfPair(
  { high, low, previousClose }: Bar,
  previousHigh: number,
  previousLow: number,
  previousRange: number,
): number {
  const gap = Math.min(0, previousClose - low) + Math.max(0, previousClose - high)
  const shiftedHigh = high + gap
  const shiftedLow = low + gap
  const range = Math.log(shiftedHigh / shiftedLow)
  const bothRange = Math.log(Math.max(shiftedHigh, previousHigh) / Math.min(shiftedLow, previousLow))
  const squares = range * range + previousRange * previousRange
  const alpha = (Math.sqrt(2 * squares) - Math.sqrt(squares)) / ROOTS - Math.sqrt((bothRange * bothRange) / ROOTS)
  // Where one of the two bars has no range, alpha is 0; what rounding leaves of it would break ties in a percent rank.
  return alpha <= 1e-14 ? 0 : 2 * Math.tanh(alpha / 2)
}

/**
 * Roll's spread: 2 sqrt(-c), c the sample covariance of successive log returns over `window` pairs; 0 where c is positive
 * (Roll 1984). Unit: ratio to price.
 */
export const rollSpread = defineIndicator({
  ids: ['roll_spread_20'],
  params: z.strictObject({ window: windowLength.min(2) }),
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 2,
    lookback: { logReturn: window + 1 },
    bind(slice) {
      const returns = slice.series('logReturn')
      const { offset, mask } = returns
      const moments = sharedReturnMoments(slice, window)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const mean = read(bar.shared, moments + RETURN_MOMENTS.mean)
          const laggedMean = windowMean(state, returns, bar.index - 1, window)
          const first = bar.index - window
          let lagged = read(state, offset + (first & mask)) - laggedMean
          let products = 0
          for (let index = first + 1; index <= bar.index; index += 1) {
            const move = read(state, offset + (index & mask))
            products += (move - mean) * lagged
            lagged = move - laggedMean
          }
          out[value] = 2 * Math.sqrt(Math.max(0, -products / (window - 1)))
        },
      }
    },
  }),
})
