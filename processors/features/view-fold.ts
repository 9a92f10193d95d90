import type { ResolvedView } from '../../catalog/views.ts'
import { read } from '../indicators/ring.ts'
import type { IndicatorInput } from './indicator-input.ts'
import type { MarketState } from './market-state.ts'
import { planView, type TimeframeSteps, type ViewPlan } from './view-plan.ts'

/** What a row of the view publishes; the same object is refilled for each. */
export type Published = {
  /** By position in the view, NaN = null; not yet cast to what is served. */
  readonly values: Float64Array
  /** 1 where the missing policy filled the value. */
  readonly imputed: Uint8Array
  /** Running maximum over all that the state has taken in, UTC epoch milliseconds. */
  knownAt: number
}

/** Folds the rows of one symbol into its state. Holds no data of its own but scratch. */
export type ViewFold = {
  readonly plan: ViewPlan
  /** A state that has seen nothing. */
  createState(): Float64Array
  /** Whether the view reads rows of the input's timeframe. */
  reads(input: IndicatorInput): boolean
  /** The time of the symbol's newest row of the input's timeframe; NaN before the first. */
  newestTs(state: Float64Array, input: IndicatorInput): number
  /**
   * Takes rows of one closing time, each of another timeframe that the view reads; gives what the view publishes when one of
   * them is of its own timeframe. Their order does not matter: the view's row sees all the others.
   */
  take(
    state: Float64Array,
    rows: readonly IndicatorInput[],
    market: MarketState,
    marketFrom: number,
  ): Published | undefined
}

/** Builds the fold of a view. Throws CatalogError as `planView` does. */
export function createViewFold(view: ResolvedView): ViewFold {
  const plan = planView(view)
  const size = plan.features.length
  const raw = new Float64Array(size)
  const published: Published = { values: new Float64Array(size), imputed: new Uint8Array(size), knownAt: 0 }
  const stepsOf = new Map([plan.own, ...plan.others].map((steps) => [steps.timeframe, steps]))

  return {
    plan,
    createState() {
      const state = new Float64Array(plan.stateLength).fill(Number.NaN)
      for (const { count } of stepsOf.values()) state[count] = 0
      return state
    },
    reads: ({ timeframe }) => stepsOf.has(timeframe),
    newestTs(state, { timeframe }) {
      const steps = stepsOf.get(timeframe)
      return steps === undefined ? Number.NaN : read(state, steps.ts)
    },
    take(state, rows, market, marketFrom) {
      // Before any value of the rows: all of them are in the new units already.
      for (const { timeframe, splitFactor, knownAt } of rows) {
        if (splitFactor !== 1) stepsOf.get(timeframe)?.rescale(state, splitFactor)
        raiseKnownAt(state, plan, knownAt)
      }
      const previousTs = read(state, plan.own.ts)
      for (const row of rows) {
        const steps = stepsOf.get(row.timeframe)
        if (steps !== undefined) computeFeatures(state, steps, row, plan, raw, market, marketFrom)
      }
      const own = rows.find(({ timeframe }) => timeframe === plan.own.timeframe)
      if (own === undefined) return undefined
      takeWaiting(state, plan.others, raw, Number.isNaN(previousTs) ? own.tsOpen : previousTs, own.ts)
      for (const { position, missing } of plan.features) {
        const value = raw[position] ?? Number.NaN
        const kept = missing.publish(state, value)
        published.values[position] = kept
        published.imputed[position] = Number.isNaN(kept) || missing.accepts(value) ? 0 : 1
      }
      published.knownAt = read(state, plan.knownAt)
      return published
    },
  }
}

function computeFeatures(
  state: Float64Array,
  steps: TimeframeSteps,
  input: IndicatorInput,
  plan: ViewPlan,
  raw: Float64Array,
  market: MarketState,
  marketFrom: number,
): void {
  const index = read(state, steps.count)
  const close = read(input.values, 0)
  for (const { position, source, atr, series, transform, waiting, missing } of steps.features) {
    const barrier = series === undefined ? undefined : market.newest(series, input.symbol, marketFrom, input.ts)
    if (barrier !== undefined) raiseKnownAt(state, plan, barrier.knownAt)
    const x = barrier === undefined ? read(input.values, source) : barrier.value
    const value = transform(state, index, x, close, read(input.values, atr))
    if (!Number.isNaN(value)) missing.warm(state)
    if (waiting === undefined) raw[position] = value
    else waiting.put(state, index, value)
  }
  steps.rows?.put(state, index, input.ts)
  state[steps.count] = index + 1
  state[steps.ts] = input.ts
}

function takeWaiting(
  state: Float64Array,
  others: readonly TimeframeSteps[],
  raw: Float64Array,
  from: number,
  to: number,
): void {
  for (const { rows, count, features: members } of others) {
    rows?.look(state, read(state, count), from, to)
    for (const { position, waiting } of members) if (waiting !== undefined) raw[position] = waiting.take(state)
  }
}

function raiseKnownAt(state: Float64Array, plan: ViewPlan, knownAt: number): void {
  const known = read(state, plan.knownAt)
  if (!(known >= knownAt)) state[plan.knownAt] = knownAt
}
