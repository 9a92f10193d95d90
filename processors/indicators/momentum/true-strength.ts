import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { cascadeLag, exponentialCascade } from '../exponential-cascade.ts'
import { isZero, windowLength } from '../params.ts'

/**
 * True strength index: changes of the close smoothed by two EMAs one over the other, over absolute changes smoothed alike
 * (Blau 1991; TA-Lib ta_TSI). Unit: pct, -100..100; without any change 0.
 */
export const trueStrength = defineIndicator({
  ids: ['tsi_25_13'],
  params: z.strictObject({ first: windowLength, second: windowLength }),
  plan: ({ first, second }) => {
    const lengths = [first, second]
    return {
      outputs: ['value'],
      warmupBars: cascadeLag(lengths) + 2,
      bind(slice) {
        const net = exponentialCascade(slice.slots('net', lengths.length, PRICE), lengths)
        const gross = exponentialCascade(slice.slots('gross', lengths.length, PRICE), lengths)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            const change = bar.close - bar.previousClose
            const netChange = net(state, bar.index - 1, change)
            const grossChange = gross(state, bar.index - 1, Math.abs(change))
            // In a run without a turn the two may end an ulp apart.
            const strength = Math.max(-1, Math.min(1, netChange / grossChange))
            out[value] = isZero(grossChange) ? 0 : 100 * strength
          },
        }
      },
    }
  },
})
