import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { cascadeLag, exponentialCascade } from '../exponential-cascade.ts'
import { windowLength, windowOnly } from '../params.ts'
import { read } from '../ring.ts'

/** Double exponential average: 2 * E1 - E2, E1 = EMA(C), E2 = EMA(E1) (Mulloy 1994; TA-Lib ta_DEMA). Unit: price. */
export const doubleExponentialAverage = defineIndicator({
  ids: ['dema_20'],
  params: windowOnly,
  plan: ({ window }) => {
    const lengths = [window, window]
    return {
      outputs: ['value'],
      warmupBars: cascadeLag(lengths) + 1,
      bind(slice) {
        const averages = slice.slots('averages', lengths.length, PRICE)
        const cascade = exponentialCascade(averages, lengths)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            const second = cascade(state, bar.index, bar.close)
            out[value] = 2 * read(state, averages) - second
          },
        }
      },
    }
  },
})

/** Triple exponential average: 3 * E1 - 3 * E2 + E3, each the EMA of the one before (Mulloy 1994; TA-Lib ta_TEMA). Unit: price. */
export const tripleExponentialAverage = defineIndicator({
  ids: ['tema_20'],
  params: windowOnly,
  plan: ({ window }) => {
    const lengths = [window, window, window]
    return {
      outputs: ['value'],
      warmupBars: cascadeLag(lengths) + 1,
      bind(slice) {
        const averages = slice.slots('averages', lengths.length, PRICE)
        const cascade = exponentialCascade(averages, lengths)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            const third = cascade(state, bar.index, bar.close)
            out[value] = 3 * read(state, averages) - 3 * read(state, averages + 1) + third
          },
        }
      },
    }
  },
})

/**
 * T3: a weighted sum of the last four of six exponential averages one over the other; a volume factor v of 0 is E3
 * (Tillson 1998; TA-Lib ta_T3). Unit: price.
 */
export const tillsonAverage = defineIndicator({
  ids: ['t3_5'],
  params: z.strictObject({ window: windowLength, vfactor: z.number().min(0).max(1) }),
  plan: ({ window, vfactor }) => {
    const lengths = Array.from({ length: 6 }, () => window)
    const square = vfactor * vfactor
    const weight6 = -square * vfactor
    const weight5 = 3 * (square - weight6)
    const weight4 = -6 * square - 3 * (vfactor - weight6)
    const weight3 = 1 + 3 * vfactor - weight6 + 3 * square
    return {
      outputs: ['value'],
      warmupBars: cascadeLag(lengths) + 1,
      bind(slice) {
        const averages = slice.slots('averages', lengths.length, PRICE)
        const cascade = exponentialCascade(averages, lengths)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            const sixth = cascade(state, bar.index, bar.close)
            const upper = weight6 * sixth + weight5 * read(state, averages + 4)
            out[value] = upper + weight4 * read(state, averages + 3) + weight3 * read(state, averages + 2)
          },
        }
      },
    }
  },
})
