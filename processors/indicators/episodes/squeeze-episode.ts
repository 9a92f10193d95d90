import { barsSince } from '../bars-since.ts'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { noParams } from '../params.ts'
import { read } from '../ring.ts'
import { withhold } from '../withhold.ts'

/** Codes of squeeze_state_v1.state. */
const ON = 1
const FIRED_UP = 2
const FIRED_DOWN = 3

/**
 * Squeeze episode: active while the Bollinger bands lie within the Keltner channel (Carter 2005). Units: flag, bars, ratio, bars,
 * code (-1, 0, 1). age is 0 when inactive. min_compression is that of the running or else of the last episode, NaN before the
 * first. bars_since_end counts from the first bar after an episode and goes on through the next one; 252 before any, and at most.
 */
export const squeezeEpisode = defineIndicator({
  ids: ['squeeze_episode_v1'],
  params: noParams,
  plan: () => ({
    outputs: ['active', 'age', 'min_compression', 'bars_since_end', 'fired_dir'],
    warmupBars: 20,
    dependencies: ['squeeze_state_v1'],
    bind(slice) {
      const squeeze = slice.input('squeeze_state_v1', 'state')
      const compression = slice.input('squeeze_state_v1', 'compression')
      const activeSlot = slice.slots('active', 1, DIMENSIONLESS)
      const ageSlot = slice.slots('age', 1, DIMENSIONLESS)
      const anySlot = slice.slots('any_episode', 1, DIMENSIONLESS)
      const smallestSlot = slice.slots('min_compression', 1, DIMENSIONLESS)
      const barsSinceEnd = barsSince(slice, 'since_end')
      const active = slice.column('active')
      const age = slice.column('age')
      const smallest = slice.column('min_compression')
      const sinceEnd = slice.column('bars_since_end')
      const fired = slice.column('fired_dir')
      const own = [active, age, smallest, sinceEnd, fired]

      const fold = (state: Float64Array, isOn: boolean, width: number): void => {
        const wasOn = state[activeSlot] === 1
        state[ageSlot] = wasOn && isOn ? read(state, ageSlot) + 1 : 0
        state[activeSlot] = isOn ? 1 : 0
        if (!isOn) return
        state[smallestSlot] = wasOn ? Math.min(read(state, smallestSlot), width) : width
        state[anySlot] = 1
      }

      return {
        step(state, _bar, out) {
          const code = read(out, squeeze)
          if (Number.isNaN(code)) return withhold(out, own)
          out[sinceEnd] = barsSinceEnd(state, state[activeSlot] === 1 && code !== ON)
          fold(state, code === ON, read(out, compression))
          out[active] = read(state, activeSlot)
          out[age] = read(state, ageSlot)
          out[smallest] = state[anySlot] === 1 ? read(state, smallestSlot) : Number.NaN
          out[fired] = code === FIRED_UP ? 1 : code === FIRED_DOWN ? -1 : 0
        },
      }
    },
  }),
})
