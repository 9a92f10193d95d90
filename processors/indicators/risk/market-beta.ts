import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { isZero, windowLength } from '../params.ts'
import { read, windowMean, windowSquares } from '../ring.ts'
import { marketPairs, windowProducts } from './market-pairs.ts'

const SESSIONS_PER_YEAR = 252

/**
 * Beta to the benchmark: cov / var of the market over the last `window` pairs of simple returns (TA-Lib ta_BETA with the benchmark
 * first). Unit: ratio; 0 when the benchmark does not move. None on a bar without a close of the benchmark.
 */
export const marketBeta = defineIndicator({
  ids: ['beta_market_60'],
  params: z.strictObject({ window: windowLength, benchmark: z.literal('market_index') }),
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    side: ['benchmark.close'],
    bind(slice) {
      const benchmark = slice.side('benchmark.close')
      const pairs = marketPairs(slice, window)
      const value = slice.column('value')
      return {
        step(state, { close, side }, out) {
          const position = pairs.take(state, close, side[benchmark] ?? Number.NaN)
          if (position < window - 1) {
            out[value] = Number.NaN
            return
          }
          const { offset: ownOffset, mask } = pairs.own
          const { offset: marketOffset } = pairs.market
          const oldest = position - window + 1
          let ownSum = 0
          let marketSum = 0
          for (let at = oldest; at <= position; at += 1) {
            ownSum += read(state, ownOffset + (at & mask))
            marketSum += read(state, marketOffset + (at & mask))
          }
          const ownMean = ownSum / window
          const marketMean = marketSum / window
          let squares = 0
          let products = 0
          for (let at = oldest; at <= position; at += 1) {
            const own = read(state, ownOffset + (at & mask)) - ownMean
            const market = read(state, marketOffset + (at & mask)) - marketMean
            squares += market * market
            products += own * market
          }
          out[value] = isZero(squares / window) ? 0 : products / squares
        },
      }
    },
  }),
})

/**
 * What is left of the returns after the market, over the pairs of beta_market_60: their correlation (0 when either does not move), the
 * volatility of the residuals e = ra - (a + beta * rm), sqrt(sum e^2 / (window - 2)) * sqrt(252), and alpha = 252 * a
 * (Ang, Hodrick, Xing & Zhang 2006; TA-Lib ta_CORREL). Units: ratio, vol per year, ratio per year.
 */
export const marketResidual = defineIndicator({
  ids: ['market_resid_v1'],
  params: z.strictObject({ window: windowLength }),
  plan: ({ window }) => {
    const source = `beta_market_${window}`
    return {
      outputs: ['corr_60', 'idio_vol_60', 'alpha_60'],
      warmupBars: window + 1,
      dependencies: [source],
      side: ['benchmark.close'],
      bind(slice) {
        const benchmark = slice.side('benchmark.close')
        const betaInput = slice.input(source, 'value')
        const pairs = marketPairs(slice, window)
        const correlation = slice.column('corr_60')
        const volatility = slice.column('idio_vol_60')
        const alpha = slice.column('alpha_60')
        return {
          step(state, { close, side }, out) {
            const position = pairs.take(state, close, side[benchmark] ?? Number.NaN)
            if (position < window - 1) {
              out[correlation] = out[volatility] = out[alpha] = Number.NaN
              return
            }
            const { own, market } = pairs
            const beta = out[betaInput] ?? Number.NaN
            const ownMean = windowMean(state, own, position, window)
            const marketMean = windowMean(state, market, position, window)
            const ownSquares = windowSquares(state, own, position, window, ownMean)
            const marketSquares = windowSquares(state, market, position, window, marketMean)
            const products = windowProducts(state, own, market, position, window, ownMean, marketMean)
            const isStill = isZero(ownSquares / window) || isZero(marketSquares / window)
            const intercept = ownMean - beta * marketMean
            let residuals = 0
            for (let at = position - window + 1; at <= position; at += 1) {
              const ownReturn = read(state, own.offset + (at & own.mask))
              const marketReturn = read(state, market.offset + (at & market.mask))
              const residual = ownReturn - (intercept + beta * marketReturn)
              residuals += residual * residual
            }
            const raw = products / Math.sqrt(ownSquares * marketSquares)
            out[correlation] = isStill ? 0 : Math.min(1, Math.max(-1, raw))
            out[volatility] = Math.sqrt(residuals / (window - 2)) * Math.sqrt(SESSIONS_PER_YEAR)
            out[alpha] = SESSIONS_PER_YEAR * intercept
          },
        }
      },
    }
  },
})
