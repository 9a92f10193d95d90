import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { derivedSeries } from '../derived-series.ts'
import { isZero, windowLength, windowOnly } from '../params.ts'
import { valueAgo, windowMean } from '../ring.ts'
import { windowMeanFrom, windowSquaresFrom } from '../window-moments.ts'

/** Relative volume: V over the mean of the `window` bars before (TA-Lib ta_RVOL). Unit: ratio; NaN where those are all silent. */
export const relativeVolume = defineIndicator({
  ids: ['rvol_20'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { volume: window + 1 },
    bind(slice) {
      const volumes = slice.series('volume')
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const mean = windowMean(state, volumes, bar.index - 1, window)
          out[value] = isZero(mean) ? Number.NaN : bar.volume / mean
        },
      }
    },
  }),
})

/**
 * Volume z-score: distance of x = ln(1+V) from its mean of `window` bars, the current one included, in sample standard deviations.
 * Unit: z; volumes all equal: 0.
 */
export const volumeZScore = defineIndicator({
  ids: ['vol_z_20'],
  params: z.strictObject({ window: windowLength.min(2) }),
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window,
    lookback: { volume: window },
    bind(slice) {
      const logVolumes = derivedSeries(slice, 'log_volume', window, slice.series('volume'), Math.log1p)
      const { ring } = logVolumes
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          logVolumes.fold(state, bar.index)
          const origin = valueAgo(state, ring, bar.index, window - 1)
          const center = windowMeanFrom(state, ring, bar.index, window, origin)
          const squares = windowSquaresFrom(state, ring, bar.index, window, origin, center)
          const deviation = Math.sqrt(squares / (window - 1))
          const distance = valueAgo(state, ring, bar.index, 0) - origin - center
          out[value] = isZero(deviation) ? 0 : distance / deviation
        },
        recompute: logVolumes.recompute,
      }
    },
  }),
})
