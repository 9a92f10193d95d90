import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { edgesParam, hysteresis, marginParam } from '../hysteresis.ts'
import { withhold } from '../withhold.ts'
import { BLENDED, blendedOutput, blendWeights, createBlend, weigh } from './timeframe-blend.ts'

const SOURCE = 'trend_state_v1'
const scores = blendedOutput(SOURCE, 'score')
const states = blendedOutput(SOURCE, 'state')

const params = z.strictObject({
  timeframes: z.strictObject({
    short: z.literal(BLENDED.short),
    medium: z.literal(BLENDED.medium),
    long: z.literal(BLENDED.long),
  }),
  weights: blendWeights,
  edges: edgesParam(4),
  h: marginParam,
})

/** What lies between the lowest code of the hysteresis, 0, and that of the states, strong_down. */
const LOWEST = -2

/**
 * Trend over three timeframes (Elder's triple screen 1993; Moskowitz, Ooi & Pedersen 2012), on bars of 1h from 15m, 1h and 1d.
 * `score` (ratio, -1..1): weighted sum of the trend scores; `trend_state_mtf` (code, -2..2 as `trend_state_v1.state`): the
 * score between its edges; `alignment` (ratio, 0..1): size of the weighted sum of the directions; `state_short`,
 * `state_medium`, `state_long` (code): the trend state of each. On bars of 1d the day alone counts: `state_medium` and
 * `state_long` are both its state and `state_short` is not available. Nothing is available on other timeframes, nor while one
 * of those that count has no trend state.
 */
export const trendOfTimeframes = defineIndicator({
  ids: ['trend_mtf_v1'],
  params,
  plan: ({ weights, edges, h }) => ({
    outputs: ['trend_state_mtf', 'score', 'alignment', 'state_short', 'state_medium', 'state_long'],
    warmupBars: undefined,
    dependencies: [SOURCE],
    side: [...scores.side, ...states.side],
    bind(slice) {
      const readScores = scores.bind(slice)
      const readStates = states.bind(slice)
      const scoreOf = createBlend()
      const stateOf = createBlend()
      const direction = createBlend()
      const machine = hysteresis(slice, 'state', edges, h)
      const code = slice.column('trend_state_mtf')
      const score = slice.column('score')
      const alignment = slice.column('alignment')
      const short = slice.column('state_short')
      const medium = slice.column('state_medium')
      const long = slice.column('state_long')
      const own = [code, score, alignment, short, medium, long]
      return {
        step(state, bar, out) {
          readScores(bar, out, scoreOf)
          readStates(bar, out, stateOf)
          direction.short = Math.sign(stateOf.short)
          direction.medium = Math.sign(stateOf.medium)
          direction.long = Math.sign(stateOf.long)
          const sum = weigh(bar.timeframe, weights, scoreOf)
          const agreement = Math.abs(weigh(bar.timeframe, weights, direction))
          if (Number.isNaN(sum + agreement)) return withhold(out, own)
          out[code] = machine(state, sum) + LOWEST
          out[score] = sum
          out[alignment] = agreement
          out[short] = stateOf.short
          out[medium] = stateOf.medium
          out[long] = stateOf.long
        },
      }
    },
  }),
})
