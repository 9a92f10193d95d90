import { z } from 'zod'
import type { Bar } from '../bar.ts'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { read } from '../ring.ts'
import { withhold } from '../withhold.ts'

const params = z.strictObject({ max_age: windowLength })

/**
 * Open gap: from a gap until prices have come back to the close before it, or `max_age` bars have passed; a new gap replaces it. A
 * gap that its own bar fills does not open. fill is the largest part won back so far, the first bar included. Units: flag, code (-1, 0, 1),
 * atr (of the bar before the gap, as in gap_flag_v1), bars, ratio; all 0 without an open gap. NaN, and
 * nothing changes, where gap_flag_v1 is not known.
 */
export const gapEpisode = defineIndicator({
  ids: ['gap_episode_v1'],
  params,
  plan: ({ max_age }) => ({
    outputs: ['active', 'dir', 'size_atr', 'age', 'fill'],
    warmupBars: 16,
    dependencies: ['gap_flag_v1'],
    bind(slice) {
      const up = slice.input('gap_flag_v1', 'up')
      const down = slice.input('gap_flag_v1', 'down')
      const gapSize = slice.input('gap_flag_v1', 'size_atr')
      const openAtStart = slice.slots('open_at_start', 1, PRICE)
      const gapSlot = slice.slots('gap', 1, PRICE)
      /** 0 when no gap is open. */
      const directionSlot = slice.slots('dir', 1, DIMENSIONLESS)
      const sizeSlot = slice.slots('size_atr', 1, DIMENSIONLESS)
      const ageSlot = slice.slots('age', 1, DIMENSIONLESS)
      const fillSlot = slice.slots('fill', 1, DIMENSIONLESS)
      const active = slice.column('active')
      const direction = slice.column('dir')
      const size = slice.column('size_atr')
      const age = slice.column('age')
      const fill = slice.column('fill')
      const own = [active, direction, size, age, fill]

      const start = (state: Float64Array, bar: Bar, side: number, atrs: number): void => {
        state[directionSlot] = side
        state[openAtStart] = bar.open
        state[gapSlot] = Math.abs(bar.open - bar.previousClose)
        state[sizeSlot] = Math.abs(atrs)
        state[ageSlot] = 0
        state[fillSlot] = 0
      }

      const follow = (state: Float64Array, bar: Bar): void => {
        const start = read(state, openAtStart)
        const back = read(state, directionSlot) > 0 ? start - bar.low : bar.high - start
        const filled = Math.min(1, Math.max(read(state, fillSlot), back / read(state, gapSlot)))
        state[fillSlot] = filled
        if (filled < 1 && read(state, ageSlot) < max_age) return
        state[directionSlot] = 0
        state[sizeSlot] = 0
        state[ageSlot] = 0
        state[fillSlot] = 0
      }

      return {
        step(state, bar, out) {
          const side = read(out, up) - read(out, down)
          if (Number.isNaN(side)) return withhold(out, own)
          if (side !== 0) start(state, bar, side, read(out, gapSize))
          else if (read(state, directionSlot) !== 0) state[ageSlot] = read(state, ageSlot) + 1
          if (read(state, directionSlot) !== 0) follow(state, bar)
          out[active] = read(state, directionSlot) === 0 ? 0 : 1
          out[direction] = read(state, directionSlot)
          out[size] = read(state, sizeSlot)
          out[age] = read(state, ageSlot)
          out[fill] = read(state, fillSlot)
        },
      }
    },
  }),
})
