import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { isZero } from '../params.ts'
import { read, windowSquares } from '../ring.ts'

/** Returns whose root mean square is the scale of a return. */
const SCALE_RETURNS = 250

/** Probability of the turbulent state before the first return that is looked at. */
const TURBULENT_AT_START = 0.3

const probability = z.number().min(0).max(1)

const params = z.strictObject({
  P: z.tuple([z.tuple([probability, probability]), z.tuple([probability, probability])]),
  mu: z.tuple([z.number(), z.number()]),
  sigma: z.tuple([z.number().positive(), z.number().positive()]),
})

/**
 * Two states of volatility, calm and turbulent, as a hidden Markov model with normal emissions sees them in scaled returns (Hamilton 1989):
 * the probability of the turbulent one given the returns so far (filtered, never smoothed), and the entropy of the two in bits.
 * Unit: ratio, 0..1. Where all of the last 250 returns are zero nothing is learnt.
 */
export const volatilityHmm = defineIndicator({
  ids: ['regime_prob_v1'],
  params,
  plan: ({ P: [fromCalm, fromTurbulent], mu, sigma }) => ({
    outputs: ['p_turbulent', 'entropy'],
    warmupBars: SCALE_RETURNS + 1,
    lookback: { logReturn: SCALE_RETURNS },
    bind(slice) {
      const returns = slice.series('logReturn')
      const turbulentSlot = slice.slots('p_turbulent', 1, DIMENSIONLESS)
      const turbulent = slice.column('p_turbulent')
      const entropy = slice.column('entropy')

      const update = (previous: number, scaled: number): number => {
        const calmBefore = fromCalm[0] * (1 - previous) + fromTurbulent[0] * previous
        const turbulentBefore = fromCalm[1] * (1 - previous) + fromTurbulent[1] * previous
        const calm = calmBefore * density(scaled, mu[0], sigma[0])
        const wild = turbulentBefore * density(scaled, mu[1], sigma[1])
        return wild / (calm + wild)
      }

      return {
        step(state, bar, out) {
          const { index, logReturn } = bar
          if (index < SCALE_RETURNS) return
          const previous = index === SCALE_RETURNS ? TURBULENT_AT_START : read(state, turbulentSlot)
          const scale = Math.sqrt(windowSquares(state, returns, index, SCALE_RETURNS, 0) / SCALE_RETURNS)
          const current = isZero(scale) ? previous : update(previous, logReturn / scale)
          state[turbulentSlot] = current
          out[turbulent] = current
          out[entropy] = Math.min(1, surprise(current) + surprise(1 - current))
        },
      }
    },
  }),
})

/** The normal density but for a factor that all share. No return is more than sqrt(250) scales, so it is never 0. */
function density(x: number, mean: number, deviation: number): number {
  const distance = (x - mean) / deviation
  return Math.exp(-0.5 * distance * distance) / deviation
}

/** A state's part of the entropy, in bits. */
function surprise(probability: number): number {
  return probability > 0 ? -probability * Math.log2(probability) : 0
}
