import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { isZero, windowLength } from '../params.ts'
import { put, read } from '../ring.ts'

/**
 * Ultimate oscillator: buying pressure C - min(L, C[1]) over the true range, both summed over three windows and weighted 4, 2, 1
 * (Williams 1985; TA-Lib ta_ULTOSC). Unit: pct, 0..100; a window without any range counts 0.
 */
export const ultimateOscillator = defineIndicator({
  ids: ['ultosc_7_14_28'],
  params: z.strictObject({ p1: windowLength, p2: windowLength, p3: windowLength }),
  plan: ({ p1, p2, p3 }) => {
    const longest = Math.max(p1, p2, p3)
    return {
      outputs: ['value'],
      warmupBars: longest + 1,
      lookback: { trueRange: longest },
      bind(slice) {
        const pressures = slice.ring('pressure', longest, PRICE)
        const ranges = slice.series('trueRange')
        const value = slice.column('value')

        const pressureOver = (state: Float64Array, index: number, length: number): number => {
          let pressure = 0
          let range = 0
          for (let each = index - length + 1; each <= index; each += 1) {
            pressure += read(state, pressures.offset + (each & pressures.mask))
            range += read(state, ranges.offset + (each & ranges.mask))
          }
          return isZero(range) ? 0 : pressure / range
        }

        return {
          step(state, bar, out) {
            const { index } = bar
            put(state, pressures, index, bar.close - Math.min(bar.low, bar.previousClose))
            const short = pressureOver(state, index, p1)
            const medium = pressureOver(state, index, p2)
            const long = pressureOver(state, index, p3)
            out[value] = 100 * ((4 * short + 2 * medium + long) / 7)
          },
        }
      },
    }
  },
})
