import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { isZero, windowLength } from '../params.ts'
import { valueAgo } from '../ring.ts'
import { windowMeanFrom, windowSquaresFrom } from '../window-moments.ts'

const params = z.strictObject({ window: windowLength, k: z.number().positive() })

/**
 * Bollinger bands: mean of `window` closes, and `k` population standard deviations above and below it (Bollinger 2001; TA-Lib
 * ta_BBANDS). Unit: price; width = (upper - lower) / middle is a ratio.
 */
export const bollingerBands = defineIndicator({
  ids: ['bollinger_20_2'],
  params,
  plan: ({ window, k }) => ({
    outputs: ['upper', 'middle', 'lower', 'width'],
    warmupBars: window,
    lookback: { close: window },
    bind(slice) {
      const closes = slice.series('close')
      const upper = slice.column('upper')
      const middle = slice.column('middle')
      const lower = slice.column('lower')
      const width = slice.column('width')
      return {
        step(state, bar, out) {
          const origin = valueAgo(state, closes, bar.index, window - 1)
          const center = windowMeanFrom(state, closes, bar.index, window, origin)
          const squares = windowSquaresFrom(state, closes, bar.index, window, origin, center)
          const mean = origin + center
          const halfWidth = k * Math.sqrt(squares / window)
          out[upper] = mean + halfWidth
          out[middle] = mean
          out[lower] = mean - halfWidth
          out[width] = isZero(mean) ? Number.NaN : (2 * halfWidth) / mean
        },
      }
    },
  }),
})

/**
 * Bollinger %B: (C - lower) / (upper - lower) (Bollinger 2001). Unit: ratio, 0.5 where the bands meet. Evaluated as
 * 0.5 + (C - middle) / (upper - lower) with distances from a close of the window: between bands an ulp apart it stays in range.
 */
export const bollingerPosition = defineIndicator({
  ids: ['bollinger_pb_20_2'],
  params,
  plan: ({ window, k }) => ({
    outputs: ['value'],
    warmupBars: window,
    lookback: { close: window },
    bind(slice) {
      const closes = slice.series('close')
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const origin = valueAgo(state, closes, bar.index, window - 1)
          const center = windowMeanFrom(state, closes, bar.index, window, origin)
          const squares = windowSquaresFrom(state, closes, bar.index, window, origin, center)
          const width = 2 * k * Math.sqrt(squares / window)
          out[value] = isZero(width) ? 0.5 : 0.5 + (bar.close - origin - center) / width
        },
      }
    },
  }),
})
