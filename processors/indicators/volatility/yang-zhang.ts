import { z } from 'zod'
import { BAR_LOGS, sharedBarLogs } from '../bar-logs.ts'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { put, read, windowMean } from '../ring.ts'
import { windowVariance } from '../window-moments.ts'
import { rogersSatchellVariance } from './range-vol.ts'

/**
 * Yang-Zhang volatility, which counts opening gaps: root of var(ln(O/C[1])) + k var(ln(C/O)) + (1-k) mean Rogers-Satchell, sample
 * variances, k = 0.34 / (1.34 + (n+1)/(n-1)) (Yang & Zhang 2000). Unit: vol, of one bar.
 */
export const yangZhangVolatility = defineIndicator({
  ids: ['yang_zhang_20'],
  params: z.strictObject({ window: windowLength.min(2) }),
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    bind(slice) {
      const logs = sharedBarLogs(slice)
      const gaps = slice.ring('gaps', window, DIMENSIONLESS)
      const bodies = slice.ring('bodies', window, DIMENSIONLESS)
      const ranges = slice.ring('ranges', window, DIMENSIONLESS)
      const value = slice.column('value')
      const weight = 0.34 / (1.34 + (window + 1) / (window - 1))
      return {
        step(state, bar, out) {
          const { index, shared } = bar
          put(state, gaps, index, Math.log(bar.open / bar.previousClose))
          put(state, bodies, index, read(shared, logs + BAR_LOGS.body))
          put(state, ranges, index, rogersSatchellVariance(shared, logs))
          const gap = windowVariance(state, gaps, index, window)
          const body = windowVariance(state, bodies, index, window)
          const range = windowMean(state, ranges, index, window)
          out[value] = Math.sqrt(gap + weight * body + (1 - weight) * range)
        },
      }
    },
  }),
})
