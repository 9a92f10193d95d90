import type { ResolvedView } from '../../catalog/views.ts'
import { read } from '../indicators/ring.ts'
import type { IndicatorInput } from './indicator-input.ts'
import type { MarketState } from './market-state.ts'
import { type FeatureStep, planView, type SharedInputs, type TimeframeSteps, type ViewPlan } from './view-plan.ts'
import type { ZoneTable } from './zone-table.ts'

/** What a row of the view publishes; the same object is refilled for each. */
export type Published = {
  /** By slot, NaN = null; not yet cast to what is served. */
  readonly values: Float64Array
  /** 1 where the missing policy filled the value. */
  readonly imputed: Uint8Array
  /** Running maximum over all that the state has taken in, UTC epoch milliseconds. */
  knownAt: number
  /** How many rows of the view ago the oldest value of an enabled feature was measured; 0 without any. */
  stalenessBars: number
  zones: ZoneTable | undefined
}

/** `ages`: how many rows of the view ago each value published was measured. */
type Scratch = Published & { readonly ages: Float64Array }

/** Folds the rows of one symbol into its state. Holds no data of its own but scratch. */
export type ViewFold = {
  readonly plan: ViewPlan
  /** Fills a state with what says that nothing was seen. */
  reset(state: Float64Array): void
  /** Whether the view reads rows of the input's timeframe. */
  reads(input: IndicatorInput): boolean
  /** The time of the symbol's newest row of the input's timeframe; NaN before the first. */
  newestTs(state: Float64Array, input: IndicatorInput): number
  /**
   * Takes rows of one closing time, each of another timeframe, those that the view reads; gives what the view publishes when one of
   * them is of its own timeframe. Their order does not matter: the view's row sees all the others.
   */
  take(state: Float64Array, group: readonly IndicatorInput[], marketFrom: number): Published | undefined
}

/** Builds the fold of a view. Throws CatalogError as `planView` does. */
export function createViewFold(view: ResolvedView, shared: SharedInputs): ViewFold {
  const plan = planView(view, shared)
  const { market } = shared
  const size = plan.features.length
  const raw = new Float64Array(size)
  const published: Scratch = {
    values: new Float64Array(size),
    imputed: new Uint8Array(size),
    ages: new Float64Array(size),
    knownAt: 0,
    stalenessBars: 0,
    zones: undefined,
  }
  const stepsOf = new Map([plan.own, ...plan.others].map((steps) => [steps.timeframe, steps]))

  return {
    plan,
    reset(state) {
      state.fill(Number.NaN)
      for (const { count } of stepsOf.values()) state[count] = 0
    },
    reads: ({ timeframe }) => stepsOf.has(timeframe),
    newestTs(state, { timeframe }) {
      const steps = stepsOf.get(timeframe)
      return steps === undefined ? Number.NaN : read(state, steps.ts)
    },
    take(state, group, marketFrom) {
      const rows = group.filter(({ timeframe }) => stepsOf.has(timeframe))
      // Before any value of the rows: all of them are in the new units already.
      for (const { timeframe, splitFactor, knownAt } of rows) {
        if (splitFactor !== 1) stepsOf.get(timeframe)?.rescale(state, splitFactor)
        raiseKnownAt(state, plan, knownAt)
      }
      const own = rows.find(({ timeframe }) => timeframe === plan.own.timeframe)
      const previousTs = read(state, plan.own.ts)
      if (own !== undefined) {
        lookAtBarriers(state, plan, market, own, marketFrom)
        published.zones = plan.zones?.take(state, read(state, plan.own.count), own.ts, own.values)
      }
      for (const row of rows) {
        const steps = stepsOf.get(row.timeframe)
        if (steps !== undefined) computeFeatures(state, steps, row, plan, raw)
      }
      if (own === undefined) return undefined
      takeWaiting(state, plan.others, raw, Number.isNaN(previousTs) ? own.tsOpen : previousTs, own.ts)
      publish(state, plan, raw, published)
      return published
    },
  }
}

function lookAtBarriers(
  state: Float64Array,
  plan: ViewPlan,
  market: MarketState,
  own: IndicatorInput,
  marketFrom: number,
): void {
  for (const barrier of plan.barriers) {
    barrier.look(state, market, own.symbol, marketFrom, own.ts)
    const found = barrier.found()
    if (found !== undefined) raiseKnownAt(state, plan, found.knownAt)
  }
}

function computeFeatures(
  state: Float64Array,
  steps: TimeframeSteps,
  input: IndicatorInput,
  plan: ViewPlan,
  raw: Float64Array,
): void {
  const index = read(state, steps.count)
  const { values } = input
  const close = read(values, plan.close)
  const { features, copied } = steps
  const { from, to } = copied
  for (let at = 0; at < from.length; at += 1) raw[to[at] as number] = values[from[at] as number] as number
  for (const feature of features) {
    const { slot, source, atr, barrier, transform, waiting } = feature
    const x = barrier === undefined ? read(values, source) : barrierValue(state, feature)
    const value = transform(state, index, x, close, read(values, atr))
    if (waiting === undefined) raw[slot] = value
    else {
      if (!Number.isNaN(value)) plan.policies.noteWarm(state, slot)
      waiting.put(state, index, value)
    }
  }
  steps.rows?.put(state, index, input.ts)
  state[steps.count] = index + 1
  state[steps.ts] = input.ts
}

function barrierValue(state: Float64Array, { barrier, source, staleAfter }: FeatureStep): number {
  const values = barrier?.found()?.values
  if (barrier === undefined || values === undefined) return Number.NaN
  return barrier.age.read(state) > staleAfter ? Number.NaN : read(values, source)
}

function takeWaiting(
  state: Float64Array,
  others: readonly TimeframeSteps[],
  raw: Float64Array,
  from: number,
  to: number,
): void {
  for (const { rows, count, features } of others) {
    rows?.look(state, read(state, count), from, to)
    for (const { slot, waiting, rows: joined, staleAfter } of features) {
      const isStale = joined !== undefined && joined.age.read(state) > staleAfter
      raw[slot] = isStale || waiting === undefined ? Number.NaN : waiting.take(state)
    }
  }
}

function publish(state: Float64Array, plan: ViewPlan, raw: Float64Array, published: Scratch): void {
  const { values, imputed, ages } = published
  plan.policies.publish(state, raw, values, imputed, ages)
  for (const { slot, barrier, rows } of plan.joined) {
    if (imputed[slot] === 0 && !Number.isNaN(read(values, slot))) ages[slot] = (barrier ?? rows)?.age.read(state) ?? 0
  }
  let stalest = 0
  for (const slot of plan.enabled) {
    const age = read(ages, slot)
    if (age > stalest) stalest = age
  }
  published.stalenessBars = stalest
  published.knownAt = read(state, plan.knownAt)
}

function raiseKnownAt(state: Float64Array, plan: ViewPlan, knownAt: number): void {
  const known = read(state, plan.knownAt)
  if (!(known >= knownAt)) state[plan.knownAt] = knownAt
}
