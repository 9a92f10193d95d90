import { defineIndicator } from '../definition.ts'
import { isFlat } from '../flatness.ts'
import { windowOnly } from '../params.ts'
import { read, windowSquares } from '../ring.ts'

/** Distance of the close from its mean over `window` bars in population standard deviations (Bollinger 2001). Unit: z; flat: 0. */
export const closeZScore = defineIndicator({
  ids: ['zscore_20'],
  params: windowOnly,
  plan: ({ window }) => {
    const average = `sma_${window}`
    return {
      outputs: ['value'],
      warmupBars: window,
      lookback: { close: window },
      dependencies: [average],
      bind(slice) {
        const closes = slice.series('close')
        const input = slice.input(average, 'value')
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            const mean = read(out, input)
            const deviation = Math.sqrt(windowSquares(state, closes, bar.index, window, mean) / window)
            out[value] = isFlat(deviation, mean) ? 0 : (bar.close - mean) / deviation
          },
        }
      },
    }
  },
})
