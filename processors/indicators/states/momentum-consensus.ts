import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { edgesParam, hysteresis, marginParam } from '../hysteresis.ts'
import { isZero } from '../params.ts'
import { read } from '../ring.ts'

const RSI = 'rsi_14'
const STOCHASTIC = 'stoch_k_14_3'
const CCI = 'cci_20'
const RATE_OF_CHANGE = 'roc_10'
const NATR = 'natr_14'
const MACD = 'macd_12_26_9'
const MACD_WARMUP = 34
const ATR = 'atr_14'

/**
 * What five oscillators say together, each brought to -1..1: RSI and %K around 50, CCI/200, rate of change over 3 normalised
 * ATRs, and twice the MACD histogram over the ATR, the last three clipped. `score` (ratio, -1..1): their mean; `state` (code:
 * 0 bearish, 1 neutral, 2 bullish). No ATR: the terms over it are 0.
 */
export const momentumConsensus = defineIndicator({
  ids: ['momentum_consensus_v1'],
  params: z.strictObject({ edges: edgesParam(2), h: marginParam }),
  plan: ({ edges, h }) => ({
    outputs: ['score', 'state'],
    warmupBars: MACD_WARMUP,
    dependencies: [RSI, STOCHASTIC, CCI, RATE_OF_CHANGE, NATR, MACD, ATR],
    bind(slice) {
      const rsi = slice.input(RSI, 'value')
      const stochastic = slice.input(STOCHASTIC, 'value')
      const cci = slice.input(CCI, 'value')
      const rateOfChange = slice.input(RATE_OF_CHANGE, 'value')
      const natr = slice.input(NATR, 'value')
      const histogram = slice.input(MACD, 'hist')
      const atr = slice.input(ATR, 'value')
      const machine = hysteresis(slice, 'state', edges, h)
      const score = slice.column('score')
      const code = slice.column('state')
      return {
        step(state, _bar, out) {
          const mean =
            ((read(out, rsi) - 50) / 50 +
              (read(out, stochastic) - 50) / 50 +
              clip(read(out, cci) / 200) +
              clipOver(read(out, rateOfChange), 3 * read(out, natr)) +
              clipOver(2 * read(out, histogram), read(out, atr))) /
            5
          out[score] = mean
          out[code] = machine(state, mean)
        },
      }
    },
  }),
})

function clip(value: number): number {
  return Math.max(-1, Math.min(1, value))
}

function clipOver(value: number, unit: number): number {
  return isZero(unit) ? 0 : clip(value / unit)
}
