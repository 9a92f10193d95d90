import { defineIndicator } from '../definition.ts'
import { noParams } from '../params.ts'

/** Range of the bar in per cent of its close: 100 * (H-L) / C (Qlib Alpha158 KLEN). Unit: pct. */
export const rangePercent = defineIndicator({
  ids: ['range_pct'],
  params: noParams,
  plan: () => ({
    outputs: ['value'],
    warmupBars: 1,
    bind(slice) {
      const value = slice.column('value')
      return {
        step(_state, bar, out) {
          out[value] = 100 * ((bar.high - bar.low) / bar.close)
        },
      }
    },
  }),
})

/** Opening gap: ln(O / C[1]). Unit: logret. None on the first bar. */
export const openingGap = defineIndicator({
  ids: ['gap_1'],
  params: noParams,
  plan: () => ({
    outputs: ['value'],
    warmupBars: 2,
    bind(slice) {
      const value = slice.column('value')
      return {
        step(_state, bar, out) {
          out[value] = Math.log(bar.open / bar.previousClose)
        },
      }
    },
  }),
})
