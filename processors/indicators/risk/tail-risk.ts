import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { lowestValues } from '../lowest-values.ts'
import { windowLength } from '../params.ts'
import { read } from '../ring.ts'

const params = z.strictObject({ window: windowLength, alpha: z.number().positive().max(1) })

/** Place of the `alpha` quantile among `window` sorted returns, counted from the worst = 0 (empyrical's cutoff index). */
function cutoffRank(window: number, alpha: number): number {
  return Math.floor(alpha * (window - 1))
}

/** Historical value at risk: the `alpha` quantile of the last `window` simple returns, as a loss. Unit: ratio. */
export const valueAtRisk = defineIndicator({
  ids: ['var_1d_95'],
  params,
  plan: ({ window, alpha }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    bind(slice) {
      const cutoff = cutoffRank(window, alpha)
      const returns = lowestValues(slice, 'returns', window, cutoff + 1, DIMENSIONLESS)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          returns.fold(state, bar.index - 1, bar.close / bar.previousClose - 1)
          // Not a sign change: a return of 0 is a loss of 0, not of -0.
          out[value] = 0 - read(state, returns.offset + cutoff)
        },
      }
    },
  }),
})

/**
 * Expected shortfall: mean of the last `window` simple returns up to their `alpha` quantile, as a loss (empyrical
 * conditional_value_at_risk). Unit: ratio; never below the value at risk.
 */
export const expectedShortfall = defineIndicator({
  ids: ['es_1d_95'],
  params,
  plan: ({ window, alpha }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    bind(slice) {
      const worst = cutoffRank(window, alpha) + 1
      const returns = lowestValues(slice, 'returns', window, worst, DIMENSIONLESS)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          returns.fold(state, bar.index - 1, bar.close / bar.previousClose - 1)
          let sum = 0
          for (let slot = returns.offset; slot < returns.offset + worst; slot += 1) sum += read(state, slot)
          out[value] = 0 - sum / worst
        },
      }
    },
  }),
})
