import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { isZero, windowLength } from '../params.ts'
import { put, windowMean, windowSquares } from '../ring.ts'

/**
 * Volatility of volatility: sample standard deviation of the last `window` values of the realised volatility over `window` bars,
 * divided by their mean. Unit: ratio; 0 where nothing moved.
 */
export const volatilityOfVolatility = defineIndicator({
  ids: ['vol_of_vol_20'],
  params: z.strictObject({ window: windowLength.min(2) }),
  plan: ({ window }) => {
    const source = `realized_vol_${window}`
    return {
      outputs: ['value'],
      warmupBars: 2 * window,
      dependencies: [source],
      bind(slice) {
        const input = slice.input(source, 'value')
        const recent = slice.ring('recent', window, DIMENSIONLESS)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            put(state, recent, bar.index, out[input] ?? Number.NaN)
            const mean = windowMean(state, recent, bar.index, window)
            const squares = windowSquares(state, recent, bar.index, window, mean)
            out[value] = isZero(mean) ? 0 : Math.sqrt(squares / (window - 1)) / mean
          },
        }
      },
    }
  },
})
