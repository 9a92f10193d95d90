import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { read } from '../ring.ts'

/**
 * Closes in a row that rose (positive) or fell (negative), held within `cap`; an equal close makes it 0 (Connors 2012).
 * Unit: bars.
 */
export const closeStreak = defineIndicator({
  ids: ['streak_1'],
  params: z.strictObject({ cap: z.int().min(1) }),
  plan: ({ cap }) => ({
    outputs: ['value'],
    warmupBars: 2,
    bind(slice) {
      const streak = slice.slots('streak', 1, DIMENSIONLESS)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const previous = read(state, streak)
          let current = 0
          if (bar.close > bar.previousClose) current = Math.min(cap, Math.max(previous, 0) + 1)
          else if (bar.close < bar.previousClose) current = Math.max(-cap, Math.min(previous, 0) - 1)
          state[streak] = current
          out[value] = current
        },
      }
    },
  }),
})
