import type { Bar } from '../bar.ts'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { isZero, noParams } from '../params.ts'
import { read } from '../ring.ts'
import { withhold } from '../withhold.ts'

/**
 * Trend run: bars on which the trend state keeps one sign other than 0 (Lunde & Timmermann 2004). Gain since the close of the first
 * bar in ATRs of that bar, and efficiency = net move over the sum of moves since then. Units: flag, code (-1, 0, 1), bars, atr, ratio; all
 * 0 outside a run.
 */
export const trendRunEpisode = defineIndicator({
  ids: ['trend_run_episode_v1'],
  params: noParams,
  plan: () => ({
    outputs: ['active', 'dir', 'age', 'gain_atr', 'efficiency'],
    warmupBars: 56,
    dependencies: ['trend_state_v1', 'atr_14'],
    bind(slice) {
      const trend = slice.input('trend_state_v1', 'state')
      const averageRange = slice.input('atr_14', 'value')
      /** 0 when there is no run. */
      const directionSlot = slice.slots('dir', 1, DIMENSIONLESS)
      const ageSlot = slice.slots('age', 1, DIMENSIONLESS)
      const closeAtStart = slice.slots('close_at_start', 1, PRICE)
      const rangeAtStart = slice.slots('atr_at_start', 1, PRICE)
      const pathSlot = slice.slots('path', 1, PRICE)
      const active = slice.column('active')
      const direction = slice.column('dir')
      const age = slice.column('age')
      const gain = slice.column('gain_atr')
      const efficiency = slice.column('efficiency')
      const own = [active, direction, age, gain, efficiency]

      const fold = (state: Float64Array, bar: Bar, sign: number, atr: number): void => {
        if (sign === read(state, directionSlot)) {
          if (sign === 0) return
          state[ageSlot] = read(state, ageSlot) + 1
          state[pathSlot] = read(state, pathSlot) + Math.abs(bar.close - bar.previousClose)
          return
        }
        state[directionSlot] = sign
        state[ageSlot] = 0
        state[closeAtStart] = bar.close
        state[rangeAtStart] = atr
        state[pathSlot] = 0
      }

      return {
        step(state, bar, out) {
          const sign = Math.sign(read(out, trend))
          if (Number.isNaN(sign)) return withhold(out, own)
          fold(state, bar, sign, read(out, averageRange))
          const side = read(state, directionSlot)
          const move = bar.close - read(state, closeAtStart)
          const atr = read(state, rangeAtStart)
          const path = read(state, pathSlot)
          out[active] = side === 0 ? 0 : 1
          out[direction] = side
          out[age] = read(state, ageSlot)
          out[gain] = side === 0 || isZero(atr) ? 0 : (side * move) / atr
          // The sum of moves can be an ulp below the net move.
          out[efficiency] = side === 0 || isZero(path) ? 0 : Math.min(1, Math.abs(move) / path)
        },
      }
    },
  }),
})
