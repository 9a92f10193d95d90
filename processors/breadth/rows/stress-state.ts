import { z } from 'zod'
import { fieldName } from '../../../catalog/indicator-column.ts'
import { DIMENSIONLESS } from '../../indicators/dimension.ts'
import { edgesParam, hysteresis, marginParam } from '../../indicators/hysteresis.ts'
import { isZero } from '../../indicators/params.ts'
import { percentRank } from '../../indicators/percent-rank.ts'
import { read } from '../../indicators/ring.ts'
import { bookFigure } from '../book.ts'
import { type CrossSlice, defineCrossRow } from '../definition.ts'
import { median } from '../median.ts'
import { fieldOf, type Section } from '../section.ts'

const VOLATILITY = fieldName('ewma_vol_094', 'value')
const DRAWDOWN = fieldName('dd_trailing_252', 'value')
const ILLIQUIDITY = fieldName('amihud_20', 'value')
const OWN_DRAWDOWN = fieldName('portfolio_dd_v1', 'dd')

const INPUTS = 6

/** Inputs that a score needs at least. */
const LEAST_INPUTS = 4

/** Variance of a rank, which is uniform on 0..1: what the weighted covariance starts from. */
const RANK_VARIANCE = 1 / 12

/**
 * stress_state_v1: a composite of systemic stress after Hollo, Kremer & Lo Duca (ECB 1426, 2012). Six inputs, each as its percent rank
 * of a year, are put together by their weighted correlations: volatility and drawdown of the market index, turbulence,
 * average correlation, breadth turned round, and the median illiquidity. An input that is missing drops out; ranks are among
 * the input's own last values. A drawdown of the own book lifts the state. Units: code (0 normal, 1 elevated, 2 critical), ratio.
 */
export const stressState = defineCrossRow({
  id: 'stress_state_v1',
  params: z.strictObject({
    window: z.int().min(2),
    lambda: z.number().gt(0).lt(1),
    edges: edgesParam(2),
    h: marginParam,
    dd_elevated: z.number().max(0),
    dd_critical: z.number().max(0),
  }),
  plan: ({ window, lambda, edges, h, dd_elevated: elevated, dd_critical: critical }) => ({
    outputs: ['stress_state', 'stress_score'],
    warmupBars: 560,
    reads: [VOLATILITY, DRAWDOWN, ILLIQUIDITY, OWN_DRAWDOWN],
    dependencies: ['turbulence_v1', 'dispersion_v1', 'breadth_v1'],
    bind(slice) {
      const inputsOf = bindInputs(slice)
      const ranks = Array.from({ length: INPUTS }, (_, i) => bindRank(slice, i, window))
      const scoreOf = bindScore(slice, lambda)
      const machine = hysteresis(slice.market, 'state', edges, h)
      const own = slice.field(OWN_DRAWDOWN)
      const columns = { state: slice.column('stress_state'), score: slice.column('stress_score') }
      return {
        step(state, section, { market }) {
          const inputs = inputsOf(section, market)
          const score = scoreOf(
            state,
            ranks.map((rank, i) => rank(state, inputs[i] ?? Number.NaN)),
          )
          const base = machine(state, score)
          const drawdown = bookFigure(section.members, own)
          const lift = drawdown <= critical ? 2 : drawdown <= elevated ? 1 : 0
          market[columns.score] = score
          market[columns.state] = Number.isNaN(base) ? Number.NaN : Math.max(base, lift)
        },
      }
    },
  }),
})

type InputsOf = (section: Section, market: Float64Array) => readonly number[]

function bindInputs(slice: CrossSlice): InputsOf {
  const fields = {
    volatility: slice.field(VOLATILITY),
    drawdown: slice.field(DRAWDOWN),
    illiquidity: slice.field(ILLIQUIDITY),
  }
  const turbulence = slice.input('turbulence_v1', 'd')
  const correlation = slice.input('dispersion_v1', 'avg_corr_60')
  const above = slice.input('breadth_v1', 'pct_above_ema50')
  return (section, market) => {
    const index = section.marketIndex?.values
    return [
      index?.[fields.volatility] ?? Number.NaN,
      -(index?.[fields.drawdown] ?? Number.NaN),
      market[turbulence] ?? Number.NaN,
      market[correlation] ?? Number.NaN,
      1 - (market[above] ?? Number.NaN),
      median(fieldOf(section, fields.illiquidity)),
    ]
  }
}

/** The percent rank of an input among its last values; NaN without a value, and until there are `window` of them. */
function bindRank(slice: CrossSlice, input: number, window: number): (state: Float64Array, value: number) => number {
  const folded = slice.slots(`input.${input}.folded`, 1, DIMENSIONLESS)
  const rank = percentRank(slice.market, `input.${input}`, window, DIMENSIONLESS)
  return (state, value) => {
    if (Number.isNaN(value)) return Number.NaN
    const place = read(state, folded)
    state[folded] = place + 1
    return rank(state, place, value)
  }
}

/** sqrt(sum_ij w_i s_i w_j s_j rho_ij) over the ranks that are there, equally weighed. */
function bindScore(slice: CrossSlice, lambda: number): (state: Float64Array, ranks: readonly number[]) => number {
  // Kept as its distance from the start: a fresh slot is 0.
  const moved = slice.slots('covariance', INPUTS * INPUTS, DIMENSIONLESS)
  const covariance = (state: Float64Array, i: number, j: number): number =>
    read(state, moved + i * INPUTS + j) + (i === j ? RANK_VARIANCE : 0)
  const correlation = (state: Float64Array, i: number, j: number): number => {
    if (i === j) return 1
    const variances = covariance(state, i, i) * covariance(state, j, j)
    return isZero(variances) ? 0 : Math.min(1, Math.max(-1, covariance(state, i, j) / Math.sqrt(variances)))
  }

  return (state, ranks) => {
    const there = ranks.flatMap((rank, i) => (Number.isNaN(rank) ? [] : [{ i, rank }]))
    for (const { i, rank } of there) {
      for (const { i: j, rank: other } of there) {
        const next = lambda * covariance(state, i, j) + (1 - lambda) * ((rank - 0.5) * (other - 0.5))
        state[moved + i * INPUTS + j] = next - (i === j ? RANK_VARIANCE : 0)
      }
    }
    if (there.length < LEAST_INPUTS) return Number.NaN
    let sum = 0
    for (const { i, rank } of there) {
      for (const { i: j, rank: other } of there) sum += rank * other * correlation(state, i, j)
    }
    return Math.min(1, Math.sqrt(Math.max(0, sum)) / there.length)
  }
}
