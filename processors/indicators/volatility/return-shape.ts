import { defineIndicator } from '../definition.ts'
import { isZero, windowOnly } from '../params.ts'
import { read, windowMean } from '../ring.ts'

/** Skewness of the last `window` log returns: m3 / m2^1.5, population central moments. Unit: index; returns all equal: 0. */
export const skewness = defineIndicator({
  ids: ['skew_60'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { logReturn: window },
    bind(slice) {
      const returns = slice.series('logReturn')
      const { offset, mask } = returns
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const mean = windowMean(state, returns, bar.index, window)
          let squares = 0
          let cubes = 0
          for (let index = bar.index - window + 1; index <= bar.index; index += 1) {
            const distance = read(state, offset + (index & mask)) - mean
            const square = distance * distance
            squares += square
            cubes += square * distance
          }
          const variance = squares / window
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
      const returns = slice.series('logReturn')
      const { offset, mask } = returns
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const mean = windowMean(state, returns, bar.index, window)
          let squares = 0
          let fourths = 0
          for (let index = bar.index - window + 1; index <= bar.index; index += 1) {
            const distance = read(state, offset + (index & mask)) - mean
            const square = distance * distance
            squares += square
            fourths += square * square
          }
          const variance = squares / window
          // m4 is never below m2^2; rounding alone could say so, when the returns are two values in equal number.
          out[value] = isZero(variance) ? 0 : Math.max(1, fourths / window / (variance * variance)) - 3
        },
      }
    },
  }),
})
