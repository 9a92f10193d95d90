import { defineIndicator } from '../definition.ts'
import { VOLUME } from '../dimension.ts'
import { noParams } from '../params.ts'
import { read } from '../ring.ts'

/** The bar's volume. Unit: shares. */
export const volume = defineIndicator({
  ids: ['volume'],
  params: noParams,
  plan: () => ({
    outputs: ['value'],
    warmupBars: 1,
    bind(slice) {
      const value = slice.column('value')
      return {
        step(_state, bar, out) {
          out[value] = bar.volume
        },
      }
    },
  }),
})

/**
 * On-balance volume: starts at the first volume, then adds it when the close rises and takes it away when it falls
 * (Granville 1963; TA-Lib ta_OBV). Unit: shares; the level depends on the first bar ever seen.
 */
export const onBalanceVolume = defineIndicator({
  ids: ['obv'],
  params: noParams,
  plan: () => ({
    outputs: ['value'],
    warmupBars: 1,
    bind(slice) {
      const balance = slice.slots('balance', 1, VOLUME)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const change = bar.index === 0 ? 1 : bar.close - bar.previousClose
          const flow = change > 0 ? bar.volume : change < 0 ? -bar.volume : 0
          const sum = read(state, balance) + flow
          state[balance] = sum
          out[value] = sum
        },
      }
    },
  }),
})
