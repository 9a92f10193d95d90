import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowMaximum, windowMinimum } from '../extreme-window.ts'
import { windowLength } from '../params.ts'
import { put, valueAgo } from '../ring.ts'
import type { Slice } from '../slice.ts'

const params = z.strictObject({
  tenkan: windowLength,
  kijun: windowLength,
  span_b: windowLength,
  displacement: windowLength,
})

/**
 * Ichimoku: each line is the middle of the range of its window; span_a (middle of tenkan and kijun) and span_b are the cloud shown
 * at this bar, computed `displacement` bars ago (Hosoda 1969). Unit: price. The chikou line looks ahead and is not given.
 */
export const ichimoku = defineIndicator({
  ids: ['ichimoku_9_26_52'],
  params,
  plan: ({ tenkan, kijun, span_b, displacement }) => ({
    outputs: ['tenkan', 'kijun', 'span_a', 'span_b'],
    warmupBars: Math.max(tenkan, kijun, span_b) + displacement,
    bind(slice) {
      const shortMiddle = middleOf(slice, 'tenkan', tenkan)
      const mediumMiddle = middleOf(slice, 'kijun', kijun)
      const longMiddle = middleOf(slice, 'span_b', span_b)
      const cloudA = slice.ring('cloud_a', displacement + 1, PRICE)
      const cloudB = slice.ring('cloud_b', displacement + 1, PRICE)
      const conversion = slice.column('tenkan')
      const base = slice.column('kijun')
      const spanA = slice.column('span_a')
      const spanB = slice.column('span_b')
      return {
        step(state, bar, out) {
          const { index, high, low } = bar
          const short = shortMiddle(state, index, high, low)
          const medium = mediumMiddle(state, index, high, low)
          put(state, cloudA, index, (short + medium) / 2)
          put(state, cloudB, index, longMiddle(state, index, high, low))
          out[conversion] = short
          out[base] = medium
          out[spanA] = valueAgo(state, cloudA, index, displacement)
          out[spanB] = valueAgo(state, cloudB, index, displacement)
        },
      }
    },
  }),
})

function middleOf(slice: Slice, name: string, length: number) {
  const highest = windowMaximum(slice, `${name}.highest`, length, PRICE)
  const lowest = windowMinimum(slice, `${name}.lowest`, length, PRICE)
  return (state: Float64Array, index: number, high: number, low: number): number =>
    (highest(state, index, high) + lowest(state, index, low)) / 2
}
