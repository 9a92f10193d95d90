import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { isZero, windowLength, windowOnly } from '../params.ts'
import { type Ring, read } from '../ring.ts'

/**
 * Efficiency ratio: |C - C[window]| over the sum of the window's absolute changes (Kaufman 1998; TA-Lib ta_ER).
 * Unit: ratio, 0..1; without any change 1, as in TA-Lib.
 */
export const efficiencyRatio = defineIndicator({
  ids: ['er_10'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { close: window + 1 },
    bind(slice) {
      const closes = slice.series('close')
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          out[value] = efficiency(state, closes, bar.index, window)
        },
      }
    },
  }),
})

/**
 * Kaufman's adaptive moving average: an exponential average whose factor moves between those of `slow` and `fast` bars with the
 * efficiency ratio; it starts at C[bar window - 1] (Kaufman 1998; TA-Lib ta_KAMA). Unit: price.
 */
export const adaptiveAverage = defineIndicator({
  ids: ['kama_10'],
  params: z.strictObject({ window: windowLength, fast: windowLength, slow: windowLength }),
  plan: ({ window, fast, slow }) => {
    const slowFactor = 2 / (slow + 1)
    const span = 2 / (fast + 1) - slowFactor
    return {
      outputs: ['value'],
      warmupBars: window + 1,
      lookback: { close: window + 1 },
      bind(slice) {
        const closes = slice.series('close')
        const average = slice.slots('average', 1, PRICE)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            let current = bar.close
            if (bar.index >= window) {
              const previous = read(state, average)
              const factor = efficiency(state, closes, bar.index, window) * span + slowFactor
              current = previous + factor * factor * (bar.close - previous)
            }
            state[average] = current
            out[value] = current
          },
        }
      },
    }
  },
})

/** |C - C[length]| over the sum of the absolute changes between, oldest to newest; without any change 1. */
function efficiency(state: Float64Array, { offset, mask }: Ring, index: number, length: number): number {
  const oldest = read(state, offset + ((index - length) & mask))
  let previous = oldest
  let path = 0
  let bar = index - length + 1
  for (; bar < index; bar += 2) {
    const older = read(state, offset + (bar & mask))
    const newer = read(state, offset + ((bar + 1) & mask))
    path += Math.abs(older - previous)
    path += Math.abs(newer - older)
    previous = newer
  }
  if (bar === index) {
    const newest = read(state, offset + (bar & mask))
    path += Math.abs(newest - previous)
    previous = newest
  }
  // In a straight run the sum may be an ulp below the change.
  return isZero(path) ? 1 : Math.min(1, Math.abs(previous - oldest) / path)
}
