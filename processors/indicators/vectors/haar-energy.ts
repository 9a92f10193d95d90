import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { isZero } from '../params.ts'
import { type Ring, read, valueAgo } from '../ring.ts'

const params = z.strictObject({
  window: z
    .int()
    .min(2)
    .refine((length) => Number.isInteger(Math.log2(length)), 'must be a power of two'),
})

/**
 * Energy by scale: the Haar transform of the last `window` log returns, the energy of the details at blocks of 2, 4, 8 ... bars and
 * last that of the mean, each as its share of the total (Percival & Walden 2000). Unit: vec6, 0..1, sum 1. Without
 * any move all of it is in the mean.
 */
export const haarEnergy = defineIndicator({
  ids: ['haar_energy_vec_v1'],
  params,
  plan: ({ window }) => ({
    outputs: ['vec'],
    warmupBars: window + 1,
    lookback: { logReturn: window },
    bind(slice) {
      const returns = slice.series('logReturn')
      const first = slice.column('vec')
      const scales = Math.log2(window)
      return {
        step(state, bar, out) {
          let total = 0
          for (let scale = 1; scale <= scales; scale += 1) {
            const energy = detailEnergy(state, returns, bar.index, window, 2 ** scale)
            out[first + scale - 1] = energy
            total += energy
          }
          const sum = sumFrom(state, returns, bar.index, window - 1, window)
          const mean = (sum * sum) / window
          total += mean
          out[first + scales] = mean
          for (let column = first; column <= first + scales; column += 1) {
            out[column] = isZero(total) ? 0 : read(out, column) / total
          }
          if (isZero(total)) out[first + scales] = 1
        },
      }
    },
  }),
})

/** Energy of the differences between the halves of each block of `block` returns. */
function detailEnergy(state: Float64Array, ring: Ring, index: number, window: number, block: number): number {
  const half = block / 2
  let energy = 0
  for (let oldest = window - 1; oldest > 0; oldest -= block) {
    const difference = sumFrom(state, ring, index, oldest, half) - sumFrom(state, ring, index, oldest - half, half)
    energy += (difference * difference) / block
  }
  return energy
}

/** Sum of `length` values from the one `barsAgo` bars before bar `index` on. */
function sumFrom(state: Float64Array, ring: Ring, index: number, barsAgo: number, length: number): number {
  let sum = 0
  for (let ago = barsAgo; ago > barsAgo - length; ago -= 1) sum += valueAgo(state, ring, index, ago)
  return sum
}
