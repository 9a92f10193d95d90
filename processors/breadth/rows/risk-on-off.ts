import { z } from 'zod'
import { fieldName } from '../../../catalog/indicator-column.ts'
import { edgesParam, hysteresis, marginParam } from '../../indicators/hysteresis.ts'
import { defineCrossRow } from '../definition.ts'

const TREND = fieldName('trend_state_v1', 'score')
const VOLATILITY_RANK = fieldName('vol_regime_state_v1', 'pctrank')

/**
 * risk_on_off_state_v1: trend of the market index, share of members above their average and calm of the index, each -1..1, weighed;
 * and the state it is in. Units: code (0 risk_off, 1 neutral, 2 risk_on), ratio.
 */
export const riskOnOff = defineCrossRow({
  id: 'risk_on_off_state_v1',
  params: z.strictObject({
    weights: z.tuple([z.number(), z.number(), z.number()]),
    edges: edgesParam(2),
    h: marginParam,
  }),
  plan: ({ weights: [onTrend, onBreadth, onCalm], edges, h }) => ({
    outputs: ['state', 'score'],
    warmupBars: 270,
    reads: [TREND, VOLATILITY_RANK],
    dependencies: ['breadth_v1'],
    bind(slice) {
      const fields = { trend: slice.field(TREND), rank: slice.field(VOLATILITY_RANK) }
      const above = slice.input('breadth_v1', 'pct_above_ema50')
      const columns = { state: slice.column('state'), score: slice.column('score') }
      const machine = hysteresis(slice.market, 'state', edges, h)
      return {
        step(state, { marketIndex }, { market }) {
          const trend = marketIndex?.values[fields.trend] ?? Number.NaN
          const calm = 1 - 2 * (marketIndex?.values[fields.rank] ?? Number.NaN)
          const breadth = 2 * (market[above] ?? Number.NaN) - 1
          const score = onTrend * trend + onBreadth * breadth + onCalm * calm
          // The weights add up to 1 but for rounding.
          const bounded = Math.min(1, Math.max(-1, score))
          market[columns.score] = bounded
          market[columns.state] = machine(state, bounded)
        },
      }
    },
  }),
})
