import { defineIndicator } from '../definition.ts'
import { isZero, windowOnly } from '../params.ts'
import { read } from '../ring.ts'

/** Volume-weighted moving average: sum of C * V over sum of V (TA-Lib ta_VWMA). Unit: price; NaN when nothing traded. */
export const volumeWeightedAverage = defineIndicator({
  ids: ['vwma_20'],
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
          let turnover = 0
          let traded = 0
          for (let each = bar.index - window + 1; each <= bar.index; each += 1) {
            const volume = read(state, volumes.offset + (each & volumes.mask))
            turnover += read(state, closes.offset + (each & closes.mask)) * volume
            traded += volume
          }
          out[value] = isZero(traded) ? Number.NaN : turnover / traded
        },
      }
    },
  }),
})
