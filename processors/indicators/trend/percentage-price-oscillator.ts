import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { windowLength } from '../params.ts'
import { read } from '../ring.ts'

/**
 * Percentage price oscillator: 100 * (fast - slow) / slow EMA of the close (TA-Lib ta_PPO). Unit: pct. Each average has its own
 * seed, unlike in MACD.
 */
export const percentagePriceOscillator = defineIndicator({
  ids: ['ppo_12_26'],
  params: z.strictObject({ fast_window: windowLength, slow_window: windowLength, matype: z.literal('EMA') }),
  plan: ({ fast_window, slow_window }) => {
    const fast = `ema_${fast_window}`
    const slow = `ema_${slow_window}`
    return {
      outputs: ['value'],
      warmupBars: Math.max(fast_window, slow_window),
      dependencies: [fast, slow],
      bind(slice) {
        const fastAverage = slice.input(fast, 'value')
        const slowAverage = slice.input(slow, 'value')
        const value = slice.column('value')
        return {
          step(_state, _bar, out) {
            const base = read(out, slowAverage)
            out[value] = 100 * ((read(out, fastAverage) - base) / base)
          },
        }
      },
    }
  },
})
