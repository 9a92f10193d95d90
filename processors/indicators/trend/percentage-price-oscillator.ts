import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { exponentialAverage } from '../smoothing.ts'

/**
 * Percentage price oscillator: 100 * (fast - slow) / slow EMA of the close (TA-Lib ta_PPO). Unit: pct. Each average has its own
 * seed, unlike in MACD.
 */
export const percentagePriceOscillator = defineIndicator({
  ids: ['ppo_12_26'],
  params: z.strictObject({ fast_window: windowLength, slow_window: windowLength, matype: z.literal('EMA') }),
  plan: ({ fast_window, slow_window }) => ({
    outputs: ['value'],
    warmupBars: Math.max(fast_window, slow_window),
    bind(slice) {
      const fast = exponentialAverage(slice.slots('fast', 1, PRICE), fast_window)
      const slow = exponentialAverage(slice.slots('slow', 1, PRICE), slow_window)
      const value = slice.column('value')
      return {
        step(state, { index, close }, out) {
          const base = slow(state, index, close)
          out[value] = 100 * ((fast(state, index, close) - base) / base)
        },
      }
    },
  }),
})
