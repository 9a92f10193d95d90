import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { put, read, valueAgo } from '../ring.ts'

/** The code of a pattern is three bits, one a comparison; six of the eight codes can occur. */
const CODES = 8

const ORDER = 3

const params = z.strictObject({ window: windowLength.min(ORDER), order: z.literal(ORDER), delay: z.literal(1) })

/**
 * Permutation entropy of the last `window` log returns: Shannon entropy of the window-2 ordinal patterns of three successive
 * returns, over ln 3! (Bandt & Pompe 2002). Among equal returns the earlier one ranks lower. Unit: ratio, 0..1.
 */
export const permutationEntropy = defineIndicator({
  ids: ['perm_entropy_60'],
  params,
  plan: ({ window }) => {
    const patterns = window - ORDER + 1
    return {
      outputs: ['value'],
      warmupBars: window + 1,
      lookback: { logReturn: ORDER },
      bind(slice) {
        const returns = slice.series('logReturn')
        const codes = slice.ring('codes', patterns, DIMENSIONLESS)
        // Counts are whole numbers, so adding and taking away leaves no rounding behind.
        const counts = slice.slots('counts', CODES, DIMENSIONLESS)
        const value = slice.column('value')
        const entropyOfCount = Float64Array.from({ length: patterns + 1 }, (_, count) => {
          const share = count / patterns
          return count === 0 ? 0 : (-share * Math.log(share)) / Math.log(6)
        })
        return {
          step(state, bar, out) {
            // Three returns need four bars.
            const position = bar.index - ORDER
            if (position < 0) {
              out[value] = Number.NaN
              return
            }
            const first = valueAgo(state, returns, bar.index, 2)
            const second = valueAgo(state, returns, bar.index, 1)
            const third = bar.logReturn
            const code = (first <= second ? 4 : 0) + (second <= third ? 2 : 0) + (first <= third ? 1 : 0)
            if (position >= patterns) {
              const leaving = counts + valueAgo(state, codes, position, patterns)
              state[leaving] = read(state, leaving) - 1
            }
            put(state, codes, position, code)
            state[counts + code] = read(state, counts + code) + 1
            let entropy = 0
            for (let each = 0; each < CODES; each += 1) entropy += read(entropyOfCount, read(state, counts + each))
            out[value] = entropy
          },
        }
      },
    }
  },
})
