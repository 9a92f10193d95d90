import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { isZero, windowLength } from '../params.ts'
import { previousValue } from '../previous-value.ts'
import { put, type Ring, read, valueAgo } from '../ring.ts'
import { scaledReturn } from './scaled-return.ts'

/** Bars until the volatility of the bar before is known. */
const VOLATILITY_WARMUP = 22

const params = z.strictObject({ window: windowLength, coefficients: windowLength })

/**
 * Candle embedding: what the last `window` candles look like, free of price and volatility. Four channels, oldest bar first: log return
 * over the volatility known before the bar, cut off at 5; (C-O)/(H-L); upper wick; lower wick. Of each the first
 * `coefficients` of the orthonormal DCT-II, channel by channel (Ahmed, Natarajan & Rao 1974). Unit: vec16. Without volatility or range
 * a channel's value is 0.
 */
export const candleEmbedding = defineIndicator({
  ids: ['candle_embedding_v1'],
  params,
  plan: ({ window, coefficients }) => ({
    outputs: ['candle_embedding'],
    warmupBars: VOLATILITY_WARMUP - 1 + window,
    dependencies: ['ewma_vol_094', 'upper_wick_pct', 'lower_wick_pct'],
    bind(slice) {
      const volatility = slice.input('ewma_vol_094', 'value')
      const upperWick = slice.input('upper_wick_pct', 'value')
      const lowerWick = slice.input('lower_wick_pct', 'value')
      const volatilityBefore = previousValue(slice, 'volatility', DIMENSIONLESS)
      const returns = slice.ring('returns', window, DIMENSIONLESS)
      const bodies = slice.ring('bodies', window, DIMENSIONLESS)
      const upperWicks = slice.ring('upper_wicks', window, DIMENSIONLESS)
      const lowerWicks = slice.ring('lower_wicks', window, DIMENSIONLESS)
      const channels = [returns, bodies, upperWicks, lowerWicks]
      const basis = Array.from({ length: coefficients }, (_, k) => cosineBasis(window, k))
      const first = slice.column('candle_embedding')
      return {
        step(state, bar, out) {
          const range = bar.high - bar.low
          put(
            state,
            returns,
            bar.index,
            scaledReturn(bar.logReturn, volatilityBefore(state, bar.index, read(out, volatility))),
          )
          put(state, bodies, bar.index, isZero(range) ? 0 : (bar.close - bar.open) / range)
          put(state, upperWicks, bar.index, read(out, upperWick))
          put(state, lowerWicks, bar.index, read(out, lowerWick))
          let column = first
          for (const channel of channels) {
            for (const wave of basis) {
              out[column] = project(state, channel, bar.index, wave)
              column += 1
            }
          }
        },
      }
    },
  }),
})

/** Weights of coefficient `k` of the orthonormal DCT-II of `length` values, oldest first. */
function cosineBasis(length: number, k: number): Float64Array {
  const scale = Math.sqrt(2 / length) * (k === 0 ? Math.SQRT1_2 : 1)
  return Float64Array.from({ length }, (_, i) => scale * Math.cos((Math.PI * (i + 0.5) * k) / length))
}

function project(state: Float64Array, ring: Ring, index: number, wave: Float64Array): number {
  let sum = 0
  for (let i = 0; i < wave.length; i += 1) sum += read(wave, i) * valueAgo(state, ring, index, wave.length - 1 - i)
  return sum
}
