import { z } from 'zod'
import { defineIndicator, type IndicatorDefinition } from '../definition.ts'
import { edgesParam, hysteresis, marginParam } from '../hysteresis.ts'
import { read } from '../ring.ts'

/** Persistence by the variance ratio (Lo & MacKinlay 1988). Code: 0 mean_reverting, 1 random, 2 trending. */
export const persistenceState = thresholdState('meanrev_state_v1', { source: 'vr_60_4', warmupBars: 61, edges: 2 })

/** Choppiness index between Dreiss's thresholds. Code: 0 trending, 1 mixed, 2 choppy. */
export const choppinessState = thresholdState('chop_state_v1', { source: 'chop_14', warmupBars: 15, edges: 2 })

/** z-score of the logarithm of volume. Code: 0 dry, 1 normal, 2 heavy, 3 climax. */
export const volumeState = thresholdState('volume_state_v1', { source: 'vol_z_20', warmupBars: 20, edges: 3 })

/** The state that one value is in: edges and margin of the hysteresis are in its unit. */
function thresholdState(
  id: string,
  { source, warmupBars, edges: count }: { source: string; warmupBars: number; edges: number },
): IndicatorDefinition {
  return defineIndicator({
    ids: [id],
    params: z.strictObject({ edges: edgesParam(count), h: marginParam }),
    plan: ({ edges, h }) => ({
      outputs: ['state'],
      warmupBars,
      dependencies: [source],
      bind(slice) {
        const input = slice.input(source, 'value')
        const machine = hysteresis(slice, 'state', edges, h)
        const code = slice.column('state')
        return {
          step(state, _bar, out) {
            out[code] = machine(state, read(out, input))
          },
        }
      },
    }),
  })
}
