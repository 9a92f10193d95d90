import { z } from 'zod'
import type { Bar } from '../bar.ts'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { isZero, windowLength } from '../params.ts'
import { read } from '../ring.ts'

const params = z.strictObject({
  start_chop: z.number(),
  exit_atr: z.number().min(0),
  max_age: windowLength,
})

/**
 * Consolidation range: a box around the range of 20 bars, drawn when the choppiness index reaches `start_chop`. It ends when the close
 * leaves it by more than `exit_atr` ATR, or after `max_age` bars; the next may start one bar later. Units: flag, bars, atr (of the bar), ratio,
 * code. exit_dir (-1 below, 1 above, 0 by age) is on the ending bar only. Outside a box age and width are 0 and pos is 0.5.
 */
export const rangeEpisode = defineIndicator({
  ids: ['range_episode_v1'],
  params,
  plan: ({ start_chop, exit_atr, max_age }) => ({
    outputs: ['active', 'age', 'width_atr', 'pos', 'exit_dir'],
    warmupBars: 20,
    dependencies: ['chop_14', 'range_high_20', 'range_low_20', 'atr_14'],
    bind(slice) {
      const choppiness = slice.input('chop_14', 'value')
      const rangeHigh = slice.input('range_high_20', 'value')
      const rangeLow = slice.input('range_low_20', 'value')
      const averageRange = slice.input('atr_14', 'value')
      const activeSlot = slice.slots('active', 1, DIMENSIONLESS)
      const ageSlot = slice.slots('age', 1, DIMENSIONLESS)
      const topSlot = slice.slots('top', 1, PRICE)
      const bottomSlot = slice.slots('bottom', 1, PRICE)
      const active = slice.column('active')
      const age = slice.column('age')
      const width = slice.column('width_atr')
      const place = slice.column('pos')
      const exit = slice.column('exit_dir')

      /** The side on which the bar leaves the box, 0 if it does not. */
      const follow = (state: Float64Array, bar: Bar, atr: number): number => {
        const bars = read(state, ageSlot) + 1
        const margin = exit_atr * atr
        const above = bar.close > read(state, topSlot) + margin
        const below = bar.close < read(state, bottomSlot) - margin
        const ended = above || below || bars >= max_age
        state[activeSlot] = ended ? 0 : 1
        state[ageSlot] = ended ? 0 : bars
        return above ? 1 : below ? -1 : 0
      }

      return {
        step(state, bar, out) {
          const atr = read(out, averageRange)
          const wasActive = state[activeSlot] === 1
          out[exit] = wasActive ? follow(state, bar, atr) : 0
          const high = read(out, rangeHigh)
          // The choppiness index is warm before the range is.
          if (!wasActive && read(out, choppiness) >= start_chop && !Number.isNaN(high)) {
            state[activeSlot] = 1
            state[topSlot] = high
            state[bottomSlot] = read(out, rangeLow)
          }
          const isActive = state[activeSlot] === 1
          const bottom = read(state, bottomSlot)
          const height = read(state, topSlot) - bottom
          out[active] = isActive ? 1 : 0
          out[age] = read(state, ageSlot)
          out[width] = isActive && !isZero(atr) ? height / atr : 0
          out[place] = isActive && !isZero(height) ? Math.min(1, Math.max(0, (bar.close - bottom) / height)) : 0.5
        },
      }
    },
  }),
})
