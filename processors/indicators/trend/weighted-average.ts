import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowOnly } from '../params.ts'
import { put, type Ring, read } from '../ring.ts'

/** Linearly weighted moving average of the close: weights 1..window, the newest has the largest (TA-Lib ta_WMA). Unit: price. */
export const weightedAverage = defineIndicator({
  ids: ['wma_20'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window,
    lookback: { close: window },
    bind(slice) {
      const closes = slice.series('close')
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          out[value] = windowWeightedMean(state, closes, bar.index, window)
        },
      }
    },
  }),
})

/**
 * Hull moving average: WMA over floor(sqrt(window)) bars of 2 * WMA(C, window / 2) - WMA(C, window), halves rounded down
 * (TA-Lib ta_HMA). Unit: price.
 */
export const hullAverage = defineIndicator({
  ids: ['hma_20'],
  params: windowOnly,
  plan: ({ window }) => {
    const slow = `wma_${window}`
    const half = Math.floor(window / 2)
    const root = Math.floor(Math.sqrt(window))
    return {
      outputs: ['value'],
      warmupBars: window + root - 1,
      lookback: { close: half },
      dependencies: [slow],
      bind(slice) {
        const closes = slice.series('close')
        const slowAverage = slice.input(slow, 'value')
        const differences = slice.ring('differences', root, PRICE)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            const fastAverage = windowWeightedMean(state, closes, bar.index, half)
            put(state, differences, bar.index, 2 * fastAverage - read(out, slowAverage))
            out[value] = windowWeightedMean(state, differences, bar.index, root)
          },
        }
      },
    }
  },
})

function windowWeightedMean(state: Float64Array, { offset, mask }: Ring, index: number, length: number): number {
  const before = index - length
  let sum = 0
  for (let weight = 1; weight <= length; weight += 1) sum += weight * read(state, offset + ((before + weight) & mask))
  return sum / ((length * (length + 1)) / 2)
}
