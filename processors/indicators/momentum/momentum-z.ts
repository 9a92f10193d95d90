import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { isFlat } from '../flatness.ts'
import { windowLength } from '../params.ts'
import { put, read, windowMean, windowSquares } from '../ring.ts'

/** Momentum less its mean over `window` bars, in sample standard deviations. Unit: z; a momentum that does not change: 0. */
export const momentumZScore = defineIndicator({
  ids: ['momentum_z_20'],
  params: z.strictObject({ momentum: windowLength, window: windowLength.min(2) }),
  plan: ({ momentum, window }) => {
    const source = `mom_${momentum}`
    return {
      outputs: ['value'],
      warmupBars: momentum + window,
      dependencies: [source],
      bind(slice) {
        const input = slice.input(source, 'value')
        const recent = slice.ring('recent', window, PRICE)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            const current = read(out, input)
            put(state, recent, bar.index, current)
            const mean = windowMean(state, recent, bar.index, window)
            const squares = windowSquares(state, recent, bar.index, window, mean)
            const deviation = Math.sqrt(squares / (window - 1))
            // A momentum carries the rounding of the prices that it is the difference of.
            out[value] = isFlat(deviation, bar.close) ? 0 : (current - mean) / deviation
          },
        }
      },
    }
  },
})
