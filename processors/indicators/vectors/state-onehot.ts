import { defineIndicator } from '../definition.ts'
import { noParams } from '../params.ts'
import { read } from '../ring.ts'

/** The states in order, each with its smallest code and how many codes it has. */
const STATES = [
  { id: 'trend_mtf_v1', output: 'trend_state_mtf', from: -2, codes: 5 },
  { id: 'vol_regime_state_v1', output: 'vol_regime_state', from: 0, codes: 3 },
  { id: 'liq_stress_v1', output: 'liq_stress_state', from: 0, codes: 3 },
  { id: 'event_window_state_v1', output: 'event_window_state', from: 0, codes: 4 },
] as const

/** State one-hot: a block of zeros and one 1 for each state, in the order trend, volatility, liquidity, events. Unit: vec15. No state: zeros. */
export const stateOneHot = defineIndicator({
  ids: ['state_onehot_vec_v1'],
  params: noParams,
  plan: () => ({
    outputs: ['vec'],
    warmupBars: 1,
    dependencies: STATES.map(({ id }) => id),
    bind(slice) {
      const first = slice.column('vec')
      const blocks = STATES.map(({ id, output, from, codes }) => ({ input: slice.input(id, output), from, codes }))
      return {
        step(_state, _bar, out) {
          let column = first
          for (const { input, from, codes } of blocks) {
            const code = read(out, input)
            for (let value = from; value < from + codes; value += 1) {
              out[column] = code === value ? 1 : 0
              column += 1
            }
          }
        },
      }
    },
  }),
})
