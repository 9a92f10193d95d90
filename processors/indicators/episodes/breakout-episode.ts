import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { previousValue } from '../previous-value.ts'
import { read } from '../ring.ts'
import { withhold } from '../withhold.ts'

/** Codes of last_outcome; 0 is none yet. */
const FAILED = 1
const MATURED = 2
const REPLACED = 3

const params = z.strictObject({ fail_atr: z.number().positive(), max_age: windowLength })

/**
 * Breakout episode: starts at a breakout, from the edge of the range that was broken. Each bar it is first looked at whether it has
 * failed (back behind the edge by more than `fail_atr` of the ATR at its start), then matured (`max_age` bars), then been replaced by
 * a breakout the other way; a breakout on the bar on which one ends starts the next. Units: flag, code (-1, 0, 1), bars, atr (of
 * the start), atr, code; outside an episode 0, but for the last outcome.
 */
export const breakoutEpisode = defineIndicator({
  ids: ['breakout_episode_v1'],
  params,
  plan: ({ fail_atr, max_age }) => ({
    outputs: ['active', 'dir', 'age', 'ext_atr', 'max_ext_atr', 'last_outcome'],
    warmupBars: 22,
    dependencies: ['breakout_flag_v1', 'range_high_20', 'range_low_20', 'atr_14'],
    bind(slice) {
      const up = slice.input('breakout_flag_v1', 'up')
      const down = slice.input('breakout_flag_v1', 'down')
      const rangeHigh = slice.input('range_high_20', 'value')
      const rangeLow = slice.input('range_low_20', 'value')
      const averageRange = slice.input('atr_14', 'value')
      const previousHigh = previousValue(slice, 'range_high', PRICE)
      const previousLow = previousValue(slice, 'range_low', PRICE)
      const levelSlot = slice.slots('level', 1, PRICE)
      const rangeAtStart = slice.slots('atr_at_start', 1, PRICE)
      /** 0 when there is no episode. */
      const directionSlot = slice.slots('dir', 1, DIMENSIONLESS)
      const ageSlot = slice.slots('age', 1, DIMENSIONLESS)
      const extensionSlot = slice.slots('ext_atr', 1, DIMENSIONLESS)
      const farthestSlot = slice.slots('max_ext_atr', 1, DIMENSIONLESS)
      const outcomeSlot = slice.slots('last_outcome', 1, DIMENSIONLESS)
      const active = slice.column('active')
      const direction = slice.column('dir')
      const age = slice.column('age')
      const extension = slice.column('ext_atr')
      const farthest = slice.column('max_ext_atr')
      const outcome = slice.column('last_outcome')
      const own = [active, direction, age, extension, farthest, outcome]

      const extensionOf = (state: Float64Array, close: number): number =>
        (read(state, directionSlot) * (close - read(state, levelSlot))) / read(state, rangeAtStart)

      const outcomeOf = (reached: number, bars: number, opposed: boolean): number => {
        if (reached < -fail_atr) return FAILED
        if (bars >= max_age) return MATURED
        return opposed ? REPLACED : 0
      }

      const follow = (state: Float64Array, close: number, flag: number): void => {
        const bars = read(state, ageSlot) + 1
        const reached = extensionOf(state, close)
        state[ageSlot] = bars
        state[extensionSlot] = reached
        state[farthestSlot] = Math.max(read(state, farthestSlot), reached)
        const ended = outcomeOf(reached, bars, flag === -read(state, directionSlot))
        if (ended === 0) return
        state[outcomeSlot] = ended
        state[directionSlot] = 0
        state[ageSlot] = 0
        state[extensionSlot] = 0
        state[farthestSlot] = 0
      }

      const start = (state: Float64Array, close: number, flag: number, level: number, atr: number): void => {
        state[directionSlot] = flag
        state[levelSlot] = level
        state[rangeAtStart] = atr
        const reached = extensionOf(state, close)
        state[extensionSlot] = reached
        state[farthestSlot] = reached
      }

      return {
        step(state, bar, out) {
          const high = previousHigh(state, bar.index, read(out, rangeHigh))
          const low = previousLow(state, bar.index, read(out, rangeLow))
          const flag = read(out, up) - read(out, down)
          if (Number.isNaN(flag)) return withhold(out, own)
          if (read(state, directionSlot) !== 0) follow(state, bar.close, flag)
          if (read(state, directionSlot) === 0 && flag !== 0) {
            start(state, bar.close, flag, flag > 0 ? high : low, read(out, averageRange))
          }
          const side = read(state, directionSlot)
          out[active] = side === 0 ? 0 : 1
          out[direction] = side
          out[age] = read(state, ageSlot)
          out[extension] = read(state, extensionSlot)
          out[farthest] = read(state, farthestSlot)
          out[outcome] = read(state, outcomeSlot)
        },
      }
    },
  }),
})
