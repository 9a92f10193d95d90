import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { STRUCTURE } from './structure-code.ts'
import { type Blend, blendedOutput, blendWeights, createBlend, weigh } from './timeframe-blend.ts'

const SOURCE = 'structure_state_v1'
const states = blendedOutput(SOURCE, 'state')

/** Score from which the timeframes together have a direction. */
const DIRECTED = 0.5

/**
 * Swing structure over three timeframes, on bars of 1h from 15m, 1h and 1d. `score` (ratio, -1..1): weighted sum of +1 for an
 * up structure and -1 for a down structure; `structure_state_mtf` (code as `structure_state_v1.state`): 0 from a score of 0.5,
 * 1 from -0.5 down, 2 where every timeframe goes sideways, else 3. On bars of 1d the day alone counts. Nothing is available on
 * other timeframes, nor while one of those that count has no structure.
 */
export const structureOfTimeframes = defineIndicator({
  ids: ['structure_mtf_v1'],
  params: z.strictObject({ weights: blendWeights }),
  plan: ({ weights }) => ({
    outputs: ['structure_state_mtf', 'score'],
    warmupBars: undefined,
    dependencies: [SOURCE],
    side: states.side,
    bind(slice) {
      const readStates = states.bind(slice)
      const stateOf = createBlend()
      const direction = createBlend()
      const code = slice.column('structure_state_mtf')
      const score = slice.column('score')
      return {
        step(_state, bar, out) {
          readStates(bar, out, stateOf)
          direction.short = directionOf(stateOf.short)
          direction.medium = directionOf(stateOf.medium)
          direction.long = directionOf(stateOf.long)
          const sum = weigh(bar.timeframe, weights, direction)
          out[code] = Number.isNaN(sum) ? Number.NaN : structure(sum, stateOf)
          out[score] = sum
        },
      }
    },
  }),
})

function directionOf(code: number): number {
  if (Number.isNaN(code)) return Number.NaN
  if (code === STRUCTURE.up) return 1
  return code === STRUCTURE.down ? -1 : 0
}

function structure(score: number, { short, medium, long }: Blend): number {
  if (score >= DIRECTED) return STRUCTURE.up
  if (score <= -DIRECTED) return STRUCTURE.down
  // A timeframe that does not count has no code.
  const isSideways = (code: number) => code === STRUCTURE.sideways || Number.isNaN(code)
  return isSideways(short) && isSideways(medium) && isSideways(long) ? STRUCTURE.sideways : STRUCTURE.transition
}
