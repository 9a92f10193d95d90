import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { put, read, valueAgo } from '../ring.ts'
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
    highest: { high: Math.max(tenkan, kijun, span_b) },
    lowest: { low: Math.max(tenkan, kijun, span_b) },
    bind(slice) {
      const shortMiddle = middleOf(slice, tenkan)
      const mediumMiddle = middleOf(slice, kijun)
      const longMiddle = middleOf(slice, span_b)
      const cloudA = slice.ring('cloud_a', displacement + 1, PRICE)
      const cloudB = slice.ring('cloud_b', displacement + 1, PRICE)
      const conversion = slice.column('tenkan')
      const base = slice.column('kijun')
      const spanA = slice.column('span_a')
      const spanB = slice.column('span_b')
      return {
        step(state, bar, out) {
          const { index, shared } = bar
          const short = shortMiddle(shared)
          const medium = mediumMiddle(shared)
          put(state, cloudA, index, (short + medium) / 2)
          put(state, cloudB, index, longMiddle(shared))
          out[conversion] = short
          out[base] = medium
          out[spanA] = valueAgo(state, cloudA, index, displacement)
          out[spanB] = valueAgo(state, cloudB, index, displacement)
        },
      }
    },
  }),
})

function middleOf(slice: Slice, length: number) {
  const highest = slice.highest('high', length)
  const lowest = slice.lowest('low', length)
  return (shared: Float64Array): number => (read(shared, highest) + read(shared, lowest)) / 2
}
