import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { put, read, windowMean, windowSquares } from '../ring.ts'

/** Earlier surprises that a new one is measured by, at most and at least. */
const MOST_SURPRISES = 8
const FEWEST_SURPRISES = 4

/** The denominator is at least this part of the close. */
const FLOOR_OF_CLOSE = 0.01

const BOUND = 5

/**
 * Standardised unexpected earnings (Bernard & Thomas 1989): (actual - consensus) / max(sd of up to 8 earlier surprises, 0.01 * C) at
 * the first bar after an announcement, within -5..5; with fewer than 4 earlier surprises the denominator is 0.01 * C (sd with ddof 1,
 * the new surprise not included). `decayed` halves it every `half_life` sessions. An announcement without a consensus has no value
 * until the next one and is none of the earlier surprises.
 */
export const earningsSurprise = defineIndicator({
  ids: ['earnings_surprise_v1'],
  params: z.strictObject({ half_life: z.number().positive() }),
  plan: ({ half_life }) => ({
    outputs: ['sue', 'decayed', 'sessions_since'],
    warmupBars: undefined,
    side: ['surprise.count', 'surprise.actual', 'surprise.consensus', 'surprise.sessions_since'],
    bind(slice) {
      const count = slice.side('surprise.count')
      const actual = slice.side('surprise.actual')
      const consensus = slice.side('surprise.consensus')
      const since = slice.side('surprise.sessions_since')
      const announced = slice.slots('announced', 1, DIMENSIONLESS)
      const taken = slice.slots('taken', 1, DIMENSIONLESS)
      const newest = slice.slots('newest', 1, DIMENSIONLESS)
      const surprises = slice.ring('surprises', MOST_SURPRISES, PRICE)
      const sueColumn = slice.column('sue')
      const decayed = slice.column('decayed')
      const sessionsSince = slice.column('sessions_since')

      const scale = (state: Float64Array, close: number): number => {
        const earlier = read(state, taken) | 0
        const length = Math.min(earlier, MOST_SURPRISES)
        const floor = FLOOR_OF_CLOSE * close
        if (length < FEWEST_SURPRISES) return floor
        const mean = windowMean(state, surprises, earlier - 1, length)
        const squares = windowSquares(state, surprises, earlier - 1, length, mean)
        return Math.max(Math.sqrt(squares / (length - 1)), floor)
      }

      return {
        step(state, { side, close }, out) {
          const announcements = side[count] ?? Number.NaN
          if (announcements > read(state, announced)) {
            state[announced] = announcements
            const surprise = (side[actual] ?? Number.NaN) - (side[consensus] ?? Number.NaN)
            state[newest] = Math.min(BOUND, Math.max(-BOUND, surprise / scale(state, close)))
            if (!Number.isNaN(surprise)) {
              put(state, surprises, read(state, taken) | 0, surprise)
              state[taken] = read(state, taken) + 1
            }
          }
          const known = announcements > 0
          const sue = known ? read(state, newest) : Number.NaN
          const sessions = known ? (side[since] ?? Number.NaN) : Number.NaN
          out[sueColumn] = sue
          out[decayed] = sue * 0.5 ** (sessions / half_life)
          out[sessionsSince] = sessions
        },
      }
    },
  }),
})
