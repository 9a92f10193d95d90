import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, VOLUME } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { read } from '../ring.ts'

/** Bars of 5 minutes in 24 hours, the shortest bars and longest session that the catalog lists. */
const PLACES = 288

/**
 * Relative volume by time of day: V / mean of V of the bars at the same place of the previous `sessions` sessions that have one, oldest
 * to newest. Unit: ratio. None before there are as many, for a mean of 0, for a place beyond 24 hours of 5 minutes, and where no
 * calendar is known.
 */
export const timeOfDayVolume = defineIndicator({
  ids: ['rvol_tod_20'],
  params: z.strictObject({ sessions: windowLength }),
  plan: ({ sessions }) => ({
    outputs: ['value'],
    warmupBars: undefined,
    bind(slice) {
      const counts = slice.slots('counts', PLACES, DIMENSIONLESS)
      // Exactly as long as the window and no power of two: there are 288 of them.
      const volumes = slice.slots('volumes', PLACES * sessions, VOLUME)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const place = bar.session.bar
          if (!(place >= 0 && place < PLACES)) {
            out[value] = Number.NaN
            return
          }
          const first = volumes + place * sessions
          // |0 tells the compiler that the number is an integer.
          const seen = read(state, counts + place) | 0
          const oldest = seen % sessions
          let sum = 0
          for (let age = oldest; age < sessions; age += 1) sum += read(state, first + age)
          for (let age = 0; age < oldest; age += 1) sum += read(state, first + age)
          const mean = sum / sessions
          out[value] = seen < sessions || mean === 0 ? Number.NaN : bar.volume / mean
          state[first + oldest] = bar.volume
          state[counts + place] = seen + 1
        },
      }
    },
  }),
})
