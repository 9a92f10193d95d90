import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { windowMaximum, windowMinimum } from '../extreme-window.ts'
import { windowLength } from '../params.ts'
import { put, read, windowMean } from '../ring.ts'

/** A range of the relative strength index up to this counts as none: its own rounding is not far below. */
const SMALLEST_RANGE = 1e-10

/**
 * Stochastic RSI: place of the relative strength index in its own range over `lookback` bars, in per cent, and its mean over
 * `smooth_d` bars (Chande & Kroll 1994; TA-Lib ta_STOCHRSI). Unit: pct, 0..100. No range: k = 0. Both start with the first d.
 */
export const stochasticRsi = defineIndicator({
  ids: ['stochrsi_14'],
  params: z.strictObject({ rsi: windowLength, lookback: windowLength, smooth_d: windowLength }),
  plan: ({ rsi, lookback, smooth_d }) => {
    const source = `rsi_${rsi}`
    return {
      outputs: ['k', 'd'],
      warmupBars: rsi + lookback + smooth_d - 1,
      dependencies: [source],
      bind(slice) {
        const input = slice.input(source, 'value')
        const highest = windowMaximum(slice, 'highest', lookback, DIMENSIONLESS)
        const lowest = windowMinimum(slice, 'lowest', lookback, DIMENSIONLESS)
        const recent = slice.ring('recent', smooth_d, DIMENSIONLESS)
        const k = slice.column('k')
        const d = slice.column('d')
        return {
          step(state, bar, out) {
            if (bar.index < rsi) {
              out[k] = Number.NaN
              out[d] = Number.NaN
              return
            }
            const strength = read(out, input)
            const low = lowest(state, bar.index, strength)
            const range = highest(state, bar.index, strength) - low
            const place = range <= SMALLEST_RANGE ? 0 : 100 * ((strength - low) / range)
            put(state, recent, bar.index, place)
            out[k] = place
            out[d] = windowMean(state, recent, bar.index, smooth_d)
          },
        }
      },
    }
  },
})
