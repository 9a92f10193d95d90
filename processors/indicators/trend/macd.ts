import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { exponentialAverage } from '../smoothing.ts'

const params = z
  .strictObject({ fast_window: windowLength, slow_window: windowLength, signal_window: windowLength })
  .refine(({ fast_window, slow_window }) => fast_window <= slow_window, 'fast_window must not be above slow_window')

/**
 * Moving average convergence/divergence: line = fast - slow EMA of the close, signal = EMA of the line, hist = line - signal
 * (Appel; TA-Lib ta_MACD). Unit: price. The seeds are aligned: both EMAs start at the slow one's seed bar, the fast one with the
 * mean of the `fast_window` closes up to it.
 */
export const macd = defineIndicator({
  ids: ['macd_12_26_9'],
  params,
  plan: ({ fast_window, slow_window, signal_window }) => ({
    outputs: ['line', 'signal', 'hist'],
    warmupBars: slow_window + signal_window - 1,
    bind(slice) {
      const fast = exponentialAverage(slice.slots('fast', 1, PRICE), fast_window)
      const slow = exponentialAverage(slice.slots('slow', 1, PRICE), slow_window)
      const average = exponentialAverage(slice.slots('signal', 1, PRICE), signal_window)
      const line = slice.column('line')
      const signal = slice.column('signal')
      const hist = slice.column('hist')
      const fastLag = slow_window - fast_window
      const signalLag = slow_window - 1
      return {
        step(state, bar, out) {
          const fastAverage = fast(state, bar.index - fastLag, bar.close)
          const difference = fastAverage - slow(state, bar.index, bar.close)
          const smoothed = average(state, bar.index - signalLag, difference)
          out[line] = difference
          out[signal] = smoothed
          out[hist] = difference - smoothed
        },
      }
    },
  }),
})
