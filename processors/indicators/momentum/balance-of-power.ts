import { defineIndicator } from '../definition.ts'
import { isZero, noParams } from '../params.ts'

/** Balance of power: (C - O) / (H - L) (TA-Lib ta_BOP). Unit: ratio, -1..1; no range: 0. */
export const balanceOfPower = defineIndicator({
  ids: ['bop_1'],
  params: noParams,
  plan: () => ({
    outputs: ['value'],
    warmupBars: 1,
    bind(slice) {
      const value = slice.column('value')
      return {
        step(_state, bar, out) {
          const range = bar.high - bar.low
          out[value] = isZero(range) ? 0 : (bar.close - bar.open) / range
        },
      }
    },
  }),
})
