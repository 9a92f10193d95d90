import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { isFlat } from '../flatness.ts'
import { windowLength } from '../params.ts'
import { put, type Ring, read, windowMean } from '../ring.ts'
import { typicalPrice } from '../typical-price.ts'

/**
 * Commodity channel index: distance of the typical price from its mean, in mean absolute deviations times `constant`
 * (Lambert 1980; TA-Lib ta_CCI). Unit: index; flat: 0.
 */
export const commodityChannel = defineIndicator({
  ids: ['cci_20'],
  params: z.strictObject({ window: windowLength, constant: z.number().positive() }),
  plan: ({ window, constant }) => ({
    outputs: ['value'],
    warmupBars: window,
    bind(slice) {
      const prices = slice.ring('typical', window, PRICE)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const price = typicalPrice(bar)
          put(state, prices, bar.index, price)
          const mean = windowMean(state, prices, bar.index, window)
          const deviation = meanDistance(state, prices, bar.index, window, mean)
          out[value] = isFlat(deviation, mean) ? 0 : (price - mean) / (constant * deviation)
        },
      }
    },
  }),
})

function meanDistance(
  state: Float64Array,
  { offset, mask }: Ring,
  index: number,
  length: number,
  center: number,
): number {
  let sum = 0
  for (let bar = index - length + 1; bar <= index; bar += 1)
    sum += Math.abs(read(state, offset + (bar & mask)) - center)
  return sum / length
}
