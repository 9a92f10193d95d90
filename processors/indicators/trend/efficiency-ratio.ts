import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { isZero, windowLength, windowOnly } from '../params.ts'
import { type Ring, read, valueAgo } from '../ring.ts'

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
          const path = windowPath(state, closes, bar.index, window)
          const change = Math.abs(bar.close - valueAgo(state, closes, bar.index, window))
          // In a straight run the sum may be an ulp below the change.
          out[value] = isZero(path) ? 1 : Math.min(1, change / path)
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
    const source = `er_${window}`
    const slowFactor = 2 / (slow + 1)
    const span = 2 / (fast + 1) - slowFactor
    return {
      outputs: ['value'],
      warmupBars: window + 1,
      dependencies: [source],
      bind(slice) {
        const efficiency = slice.input(source, 'value')
        const average = slice.slots('average', 1, PRICE)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            let current = bar.close
            if (bar.index >= window) {
              const previous = read(state, average)
              current = previous + (read(out, efficiency) * span + slowFactor) ** 2 * (bar.close - previous)
            }
            state[average] = current
            out[value] = current
          },
        }
      },
    }
  },
})

/** Sum of the last `length` absolute changes. */
function windowPath(state: Float64Array, { offset, mask }: Ring, index: number, length: number): number {
  let previous = read(state, offset + ((index - length) & mask))
  let sum = 0
  for (let bar = index - length + 1; bar <= index; bar += 1) {
    const current = read(state, offset + (bar & mask))
    sum += Math.abs(current - previous)
    previous = current
  }
  return sum
}
