import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { read } from '../ring.ts'

const params = z.strictObject({ lambda: z.number().min(0).max(1), seed_bars: windowLength })

/**
 * Exponentially weighted volatility: root of s2 = lambda * s2[1] + (1-lambda) * r^2, r the log return (RiskMetrics 1996).
 * s2 starts as the mean of the first `seed_bars` squared returns. Unit: vol, of one bar.
 */
export const exponentialVolatility = defineIndicator({
  ids: ['ewma_vol_094'],
  params,
  plan: ({ lambda, seed_bars }) => ({
    outputs: ['value'],
    warmupBars: seed_bars + 1,
    bind(slice) {
      // Until the seed is complete the slot holds the sum of squares so far.
      const variance = slice.slots('variance', 1, DIMENSIONLESS)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          if (bar.index === 0) {
            out[value] = Number.NaN
            return
          }
          const square = bar.logReturn * bar.logReturn
          const previous = read(state, variance)
          let current = bar.index > seed_bars ? lambda * previous + (1 - lambda) * square : previous + square
          if (bar.index === seed_bars) current /= seed_bars
          state[variance] = current
          out[value] = Math.sqrt(current)
        },
      }
    },
  }),
})
