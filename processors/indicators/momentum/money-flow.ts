import { defineIndicator } from '../definition.ts'
import { type Dimension, PRICE } from '../dimension.ts'
import { isZero, windowOnly } from '../params.ts'
import { put, read } from '../ring.ts'
import { typicalPrice } from '../typical-price.ts'

/** Currency: price * shares. */
const TURNOVER: Dimension = { pricePower: 1, volumePower: 1 }

/** Two typical prices no further apart than this part of their sum are equal: the rest is rounding of the prices (TA-Lib 0.8). */
const ROUNDING = 1e-14

/**
 * Money flow index: share of the turnover (typical price * volume) on bars whose typical price rose in that of all bars where it
 * changed, over `window` bars (Quong & Soudack 1989; TA-Lib ta_MFI). Unit: pct, 0..100; without such a turnover 0.
 */
export const moneyFlow = defineIndicator({
  ids: ['mfi_14'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    bind(slice) {
      const previousPrice = slice.slots('previous', 1, PRICE)
      const flows = slice.ring('flows', window, TURNOVER)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const price = typicalPrice(bar)
          const previous = read(state, previousPrice)
          const change = price - previous
          const moved = Math.abs(change) > ROUNDING * (price + previous)
          put(state, flows, bar.index, moved ? Math.sign(change) * price * bar.volume : 0)
          state[previousPrice] = price
          let inflow = 0
          let outflow = 0
          for (let each = bar.index - window + 1; each <= bar.index; each += 1) {
            const flow = read(state, flows.offset + (each & flows.mask))
            inflow += Math.max(flow, 0)
            outflow += Math.max(-flow, 0)
          }
          out[value] = isZero(inflow + outflow) ? 0 : 100 * (inflow / (inflow + outflow))
        },
      }
    },
  }),
})
