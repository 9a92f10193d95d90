import { defineIndicator } from '../definition.ts'
import { isZero, windowOnly } from '../params.ts'
import { RETURN_MOMENTS, sharedReturnMoments } from '../return-moments.ts'
import { read } from '../ring.ts'

/** Skewness of the last `window` log returns: m3 / m2^1.5, population central moments. Unit: index; returns all equal: 0. */
export const skewness = defineIndicator({
  ids: ['skew_60'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { logReturn: window },
    bind(slice) {
      const moments = sharedReturnMoments(slice, window)
      const value = slice.column('value')
      return {
        step(_state, { shared }, out) {
          const variance = read(shared, moments + RETURN_MOMENTS.squares) / window
          const cubes = read(shared, moments + RETURN_MOMENTS.cubes)
          out[value] = isZero(variance) ? 0 : cubes / window / (variance * Math.sqrt(variance))
        },
      }
    },
  }),
})

/** Excess kurtosis of the last `window` log returns: m4 / m2^2 - 3, population central moments. Unit: index; returns all equal: 0. */
export const excessKurtosis = defineIndicator({
  ids: ['kurt_60'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { logReturn: window },
    bind(slice) {
      const moments = sharedReturnMoments(slice, window)
      const value = slice.column('value')
      return {
        step(_state, { shared }, out) {
          const variance = read(shared, moments + RETURN_MOMENTS.squares) / window
          const fourths = read(shared, moments + RETURN_MOMENTS.fourths)
          // m4 is never below m2^2; rounding alone could say so, when the returns are two values in equal number.
          out[value] = isZero(variance) ? 0 : Math.max(1, fourths / window / (variance * variance)) - 3
        },
      }
    },
  }),
})
