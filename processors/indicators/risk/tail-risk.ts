import { z } from 'zod'
import { defineIndicator, type IndicatorDefinition } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { lowestValues } from '../lowest-values.ts'
import { windowLength } from '../params.ts'
import { read } from '../ring.ts'
import type { Slice } from '../slice.ts'

const params = z.strictObject({ window: windowLength, alpha: z.number().positive().max(1) })

/** Places of the two measures from the index that {@link sharedTail} returns. */
const TAIL = { quantile: 0, mean: 1 } as const

/** Historical value at risk: the `alpha` quantile of the last `window` simple returns, as a loss. Unit: ratio. */
export const valueAtRisk = tailMeasure('var_1d_95', TAIL.quantile)

/**
 * Expected shortfall: mean of the last `window` simple returns up to their `alpha` quantile, as a loss (empyrical
 * conditional_value_at_risk). Unit: ratio; never below the value at risk.
 */
export const expectedShortfall = tailMeasure('es_1d_95', TAIL.mean)

function tailMeasure(id: string, place: number): IndicatorDefinition {
  return defineIndicator({
    ids: [id],
    params,
    plan: ({ window, alpha }) => ({
      outputs: ['value'],
      warmupBars: window + 1,
      bind(slice) {
        const tail = sharedTail(slice, window, alpha)
        const value = slice.column('value')
        return {
          step(_state, { shared }, out) {
            // Not a sign change: a return of 0 is a loss of 0, not of -0.
            out[value] = 0 - read(shared, tail + place)
          },
        }
      },
    }),
  })
}

/** Index in `bar.shared` of the quantile and of the mean up to it; the quantile has empyrical's cutoff rank, the worst = 0. */
function sharedTail(slice: Slice, window: number, alpha: number): number {
  return slice.shared(`worst ${alpha} of ${window} simple returns`, 2, () => {
    const count = Math.floor(alpha * (window - 1)) + 1
    const worst = lowestValues(slice, 'returns', window, count, DIMENSIONLESS)
    return (state, bar, shared, at) => {
      worst.fold(state, bar.index - 1, bar.close / bar.previousClose - 1)
      let sum = 0
      for (let slot = worst.offset; slot < worst.offset + count; slot += 1) sum += read(state, slot)
      shared[at + TAIL.quantile] = read(state, worst.offset + count - 1)
      shared[at + TAIL.mean] = sum / count
    }
  })
}
