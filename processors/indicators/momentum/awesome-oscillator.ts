import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { put, windowMean } from '../ring.ts'

/** Awesome oscillator: mean of (H + L) / 2 over `fast` bars less that over `slow` bars (Williams; TA-Lib ta_AO). Unit: price. */
export const awesomeOscillator = defineIndicator({
  ids: ['ao_5_34'],
  params: z.strictObject({ fast: windowLength, slow: windowLength }),
  plan: ({ fast, slow }) => {
    const longest = Math.max(fast, slow)
    return {
      outputs: ['value'],
      warmupBars: longest,
      bind(slice) {
        const middles = slice.ring('middles', longest, PRICE)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            put(state, middles, bar.index, (bar.high + bar.low) / 2)
            const fastMean = windowMean(state, middles, bar.index, fast)
            out[value] = fastMean - windowMean(state, middles, bar.index, slow)
          },
        }
      },
    }
  },
})
