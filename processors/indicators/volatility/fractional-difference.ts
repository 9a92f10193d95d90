import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { derivedSeries } from '../derived-series.ts'
import { windowLength } from '../params.ts'
import { read } from '../ring.ts'

/**
 * Fractional difference of order `d` of the log price, cut off after `width` weights: sum of w_k ln C[k], w_0 = 1,
 * w_k = -w_(k-1) (d-k+1)/k (Hosking 1981; Lopez de Prado 2018, chapter 5). Unit: index.
 */
export const fractionalDifference = defineIndicator({
  ids: ['fracdiff_04'],
  params: z.strictObject({ d: z.number(), width: windowLength }),
  plan: ({ d, width }) => ({
    outputs: ['value'],
    warmupBars: width,
    lookback: { close: width },
    bind(slice) {
      const logCloses = derivedSeries(slice, 'log_close', width, slice.series('close'), Math.log)
      const { offset, mask } = logCloses.ring
      const value = slice.column('value')
      const weights = fractionalWeights(d, width)
      return {
        step(state, bar, out) {
          logCloses.fold(state, bar.index)
          let sum = 0
          const { index } = bar
          let age = width - 1
          for (; age >= 3; age -= 4) {
            sum += read(weights, age) * read(state, offset + ((index - age) & mask))
            sum += read(weights, age - 1) * read(state, offset + ((index - age + 1) & mask))
            sum += read(weights, age - 2) * read(state, offset + ((index - age + 2) & mask))
            sum += read(weights, age - 3) * read(state, offset + ((index - age + 3) & mask))
          }
          for (; age >= 0; age -= 1) sum += read(weights, age) * read(state, offset + ((index - age) & mask))
          out[value] = sum
        },
        recompute: logCloses.recompute,
      }
    },
  }),
})

/** Weights of (1-L)^d by age, the current bar's first. */
function fractionalWeights(d: number, width: number): Float64Array {
  const weights = new Float64Array(width).fill(1)
  for (let age = 1; age < width; age += 1) weights[age] = (-read(weights, age - 1) * (d - age + 1)) / age
  return weights
}
