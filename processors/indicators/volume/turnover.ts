import { defineIndicator } from '../definition.ts'
import type { Dimension } from '../dimension.ts'
import { windowOnly } from '../params.ts'
import { read } from '../ring.ts'
import { exponentialAverage } from '../smoothing.ts'

/** Price times shares: a split leaves it alone. */
const TURNOVER: Dimension = { pricePower: 1, volumePower: 1 }

/** Dollar volume: mean of C*V over `window` bars. Unit: usd. */
export const dollarVolume = defineIndicator({
  ids: ['dollar_vol_20'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window,
    lookback: { close: window, volume: window },
    bind(slice) {
      const closes = slice.series('close')
      const volumes = slice.series('volume')
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          let sum = 0
          for (let index = bar.index - window + 1; index <= bar.index; index += 1) {
            const close = read(state, closes.offset + (index & closes.mask))
            sum += close * read(state, volumes.offset + (index & volumes.mask))
          }
          out[value] = sum / window
        },
      }
    },
  }),
})

/** Elder's force index: EMA of (C - C[1]) * V (Elder 1993; TA-Lib ta_EFI). Unit: index, price times shares. */
export const forceIndex = defineIndicator({
  ids: ['efi_13'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    bind(slice) {
      const average = exponentialAverage(slice.slots('average', 1, TURNOVER), window)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const force = (bar.close - bar.previousClose) * bar.volume
          // A product beyond float64 would stay in the average for good.
          out[value] = average(state, bar.index - 1, Number.isFinite(force) ? force : 0)
        },
      }
    },
  }),
})
