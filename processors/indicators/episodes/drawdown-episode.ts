import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { isZero, windowLength } from '../params.ts'
import { read } from '../ring.ts'

const params = z.strictObject({
  start_atr: z.number().positive(),
  end_recovery: z.number().positive().max(1),
  max_age: windowLength,
})

/**
 * Drawdown episode: starts when the close is `start_atr` ATR below its peak, ends when it has won back `end_recovery` of the fall
 * or at `max_age` bars; the peak then starts anew from the close (Pagan & Sossounov 2003; Lunde & Timmermann 2004).
 * Units: flag, bars, atr, ratio; all but depth_atr are 0 outside an episode. A bar on which the ATR is zero changes nothing.
 */
export const drawdownEpisode = defineIndicator({
  ids: ['drawdown_episode_v1'],
  params,
  plan: ({ start_atr, end_recovery, max_age }) => ({
    outputs: ['active', 'age', 'depth_atr', 'max_depth_atr', 'recovery'],
    warmupBars: 15,
    dependencies: ['atr_14'],
    bind(slice) {
      const averageRange = slice.input('atr_14', 'value')
      const peakSlot = slice.slots('peak', 1, PRICE)
      const troughSlot = slice.slots('trough', 1, PRICE)
      const activeSlot = slice.slots('active', 1, DIMENSIONLESS)
      const ageSlot = slice.slots('age', 1, DIMENSIONLESS)
      const depthSlot = slice.slots('depth_atr', 1, DIMENSIONLESS)
      const maxDepthSlot = slice.slots('max_depth_atr', 1, DIMENSIONLESS)
      const recoverySlot = slice.slots('recovery', 1, DIMENSIONLESS)
      const active = slice.column('active')
      const age = slice.column('age')
      const depth = slice.column('depth_atr')
      const maxDepth = slice.column('max_depth_atr')
      const recovery = slice.column('recovery')

      const watch = (state: Float64Array, close: number, atr: number): void => {
        const peak = Math.max(read(state, peakSlot), close)
        state[peakSlot] = peak
        if (peak - close < start_atr * atr) return
        state[activeSlot] = 1
        state[ageSlot] = 0
        state[troughSlot] = close
      }

      const follow = (state: Float64Array, close: number): void => {
        const trough = Math.min(read(state, troughSlot), close)
        const bars = read(state, ageSlot) + 1
        state[troughSlot] = trough
        state[ageSlot] = bars
        if (close - trough < end_recovery * (read(state, peakSlot) - trough) && bars < max_age) return
        state[activeSlot] = 0
        state[ageSlot] = 0
        state[peakSlot] = close
      }

      const measure = (state: Float64Array, close: number, atr: number): void => {
        const peak = read(state, peakSlot)
        const trough = read(state, troughSlot)
        const isActive = state[activeSlot] === 1
        const fall = peak - trough
        state[depthSlot] = Math.max(0, peak - close) / atr
        state[maxDepthSlot] = isActive ? fall / atr : 0
        state[recoverySlot] = isActive && fall > 0 ? Math.min(1, Math.max(0, (close - trough) / fall)) : 0
      }

      return {
        step(state, bar, out) {
          const atr = read(out, averageRange)
          // NaN until the average is warm: the first peak is the close of that bar.
          if (atr > 0 && !isZero(atr)) {
            if (state[activeSlot] === 1) follow(state, bar.close)
            else watch(state, bar.close, atr)
            measure(state, bar.close, atr)
          }
          out[active] = read(state, activeSlot)
          out[age] = read(state, ageSlot)
          out[depth] = read(state, depthSlot)
          out[maxDepth] = read(state, maxDepthSlot)
          out[recovery] = read(state, recoverySlot)
        },
      }
    },
  }),
})
