import { z } from 'zod'
import { fieldName } from '../../../catalog/indicator-column.ts'
import { DIMENSIONLESS } from '../../indicators/dimension.ts'
import { edgesParam, hysteresis, marginParam } from '../../indicators/hysteresis.ts'
import { read } from '../../indicators/ring.ts'
import { bookFigure } from '../book.ts'
import { defineCrossRow } from '../definition.ts'
import { bookVariance, type Holding } from '../portfolio-variance.ts'
import type { Section } from '../section.ts'

const WEIGHT = fieldName('position_ctx_v1', 'weight')
const GROSS = fieldName('gross_exposure', 'value')
const DRAWDOWN = fieldName('portfolio_dd_v1', 'dd')

const OUTPUTS = [
  'risk_budget_utilization',
  'vol_util',
  'var_util',
  'dd_util',
  'gross_util',
  'state',
  'limit_hit',
] as const

/** The covariance of daily returns: RiskMetrics weights, and returns that a symbol needs to be in it. */
const COVARIANCE = { lambda: 0.97, leastReturns: 60 }

const DAYS_PER_YEAR = 252

/** Quantile of the normal distribution at 99 %. */
const QUANTILE_99 = 2.326

/**
 * risk_budget_util_v1: how much of its limits a book uses: annual volatility, 99 % one-day value at risk, drawdown and gross exposure;
 * the largest of them, its state, and whether it has just reached the limit. A symbol that is silent at a barrier keeps its last
 * weight while it counts as one of the universe. NaN while no row knows of a portfolio. Units: ratio, code (0 ok, 1 warn,
 * 2 limit, 3 breach), flag.
 */
export const riskBudget = defineCrossRow({
  id: 'risk_budget_util_v1',
  params: z.strictObject({
    vol_limit: z.number().positive(),
    var_limit: z.number().positive(),
    dd_limit: z.number().positive(),
    gross_limit: z.number().positive(),
    edges: edgesParam(3),
    h: marginParam,
  }),
  plan: ({ vol_limit, var_limit, dd_limit, gross_limit, edges, h }) => ({
    outputs: OUTPUTS,
    warmupBars: 61,
    reads: [WEIGHT, GROSS, DRAWDOWN],
    bind(slice) {
      const fields = { weight: slice.field(WEIGHT), gross: slice.field(GROSS), drawdown: slice.field(DRAWDOWN) }
      const held = slice.symbolSlots('weight', 1)
      const columns = OUTPUTS.map((name) => slice.column(name))
      const machine = hysteresis(slice.market, 'state', edges, h)
      // One more than the utilisation: a fresh slot, 0, then says that there is none yet.
      const last = slice.slots('utilization', 1, DIMENSIONLESS)

      const utilizations = (section: Section): readonly number[] => {
        const holdings = holdingsOf(section, fields.weight, held)
        const gross = bookFigure(section.members, fields.gross)
        const drawdown = bookFigure(section.members, fields.drawdown)
        if (holdings.length === 0 && gross === 0) return [0, 0, 0, 0]
        if (Number.isNaN(gross)) return [gross, gross, gross, gross]
        const symbols = section.universe.map(([symbol]) => symbol)
        const daily = Math.sqrt(bookVariance(section.returns, holdings, symbols, COVARIANCE))
        return [
          (daily * Math.sqrt(DAYS_PER_YEAR)) / vol_limit,
          (QUANTILE_99 * daily) / var_limit,
          Math.max(0, -drawdown) / dd_limit,
          gross / gross_limit,
        ]
      }

      return {
        step(state, section, { market }) {
          const parts = utilizations(section)
          const utilization = Math.max(...parts)
          const code = machine(state, utilization)
          const isHit = utilization >= 1 && read(state, last) > 0 && read(state, last) - 1 < 1
          if (!Number.isNaN(utilization)) state[last] = utilization + 1
          const values = [utilization, ...parts, code, Number.isNaN(utilization) ? Number.NaN : Number(isHit)]
          for (const [at, column] of columns.entries()) market[column] = values[at] ?? Number.NaN
        },
      }
    },
  }),
})

/** The symbols that are held, by symbol; brings the weights that are kept up to date. */
function holdingsOf({ members, stateOf, universe }: Section, field: number, slot: number): readonly Holding[] {
  for (const { symbol, values } of members) {
    const weight = values[field] ?? Number.NaN
    stateOf(symbol)[slot] = Number.isNaN(weight) ? 0 : weight
  }
  return universe.flatMap(([symbol, state]) => {
    const weight = read(state, slot)
    return weight === 0 ? [] : [{ symbol, weight }]
  })
}
