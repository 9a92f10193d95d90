import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { read, valueAgo } from '../ring.ts'
import { directionalMovement } from './directional-movement.ts'

const params = z
  .strictObject({ acceleration: z.number().positive(), maximum: z.number().positive() })
  .refine(({ acceleration, maximum }) => acceleration <= maximum, 'acceleration must not be above maximum')

/**
 * Parabolic stop and reverse (Wilder 1978; TA-Lib ta_SAR). Unit: price; direction +1 while the stop is below the price, else -1.
 * The stop moves towards the extreme price of the run by a factor that grows with each new extreme, and never beyond the lows
 * (highs) of this bar and the one before; a bar that touches it reverses the run. Bar 1 starts a run: short if it moved
 * downward, else long.
 */
export const parabolicStop = defineIndicator({
  ids: ['sar_002_020'],
  params,
  plan: ({ acceleration, maximum }) => ({
    outputs: ['value', 'direction'],
    warmupBars: 2,
    lookback: { high: 2, low: 2 },
    bind(slice) {
      const highs = slice.series('high')
      const lows = slice.series('low')
      const nextStop = slice.slots('next_stop', 1, PRICE)
      const extreme = slice.slots('extreme', 1, PRICE)
      const factor = slice.slots('factor', 1, DIMENSIONLESS)
      const run = slice.slots('run', 1, DIMENSIONLESS)
      const value = slice.column('value')
      const direction = slice.column('direction')

      const startRun = (state: Float64Array, index: number, high: number, low: number): void => {
        const previousHigh = valueAgo(state, highs, index, 1)
        const previousLow = valueAgo(state, lows, index, 1)
        const short = directionalMovement(previousLow - low, high - previousHigh) > 0
        state[run] = short ? -1 : 1
        state[nextStop] = short ? previousHigh : previousLow
        state[extreme] = short ? low : high
        state[factor] = acceleration
      }

      return {
        step(state, bar, out) {
          const { index, high, low } = bar
          if (index === 0) {
            out[value] = Number.NaN
            out[direction] = Number.NaN
            return
          }
          if (index === 1) startRun(state, index, high, low)
          // Bar 1 stands for the bar before it, as in TA-Lib: only its own high and low bound the first stop.
          const before = index === 1 ? 0 : 1
          const highBound = Math.max(high, valueAgo(state, highs, index, before))
          const lowBound = Math.min(low, valueAgo(state, lows, index, before))
          let long = read(state, run) > 0
          let stop = read(state, nextStop)
          let farthest = read(state, extreme)
          let step = read(state, factor)
          if (long ? low <= stop : high >= stop) {
            long = !long
            stop = long ? Math.min(farthest, lowBound) : Math.max(farthest, highBound)
            farthest = long ? high : low
            step = acceleration
          } else if (long ? high > farthest : low < farthest) {
            farthest = long ? high : low
            step = Math.min(maximum, step + acceleration)
          }
          out[value] = stop
          out[direction] = long ? 1 : -1
          const moved = stop + step * (farthest - stop)
          state[nextStop] = long ? Math.min(moved, lowBound) : Math.max(moved, highBound)
          state[extreme] = farthest
          state[factor] = step
          state[run] = long ? 1 : -1
        },
      }
    },
  }),
})
