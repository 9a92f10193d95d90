import type { Instruments } from '../../catalog/instruments.ts'
import { benchmarkOf, isInUniverse, sectorOf } from '../../catalog/instruments.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'
import { DIMENSIONLESS } from '../indicators/dimension.ts'
import { allocate, createLayout, hashLayout } from '../indicators/layout.ts'
import { read } from '../indicators/ring.ts'
import { bindRows } from './bind-rows.ts'
import { type DailyReturns, LOG_RETURN, takeReturns } from './daily-returns.ts'
import type { CrossSectionPlan } from './plan.ts'
import { type MemberRow, type Results, type Section, SILENT_BARRIERS } from './section.ts'
import type { Bucket } from './waiting-rows.ts'

/** All that is known of one timeframe, as data. */
export type TimeframeState = {
  /** Barriers that had a member. */
  count: number
  readonly market: Float64Array
  readonly symbols: Map<string, Float64Array>
}

/** What a barrier comes to. */
export type Outcome = { readonly section: Section; readonly results: Results }

/** Folds the barriers of one timeframe. Holds no data of its own. */
export type TimeframeFold = {
  readonly layoutHash: string
  createState(): TimeframeState
  /** Takes a barrier; undefined when none of its rows is of the universe. */
  take(state: TimeframeState, returns: DailyReturns, bucket: Bucket): Outcome | undefined
}

/** Builds the fold of the rows that list `timeframe`. */
export function createTimeframeFold(
  plan: CrossSectionPlan,
  instruments: Instruments,
  timeframe: Timeframe,
): TimeframeFold {
  const symbolLayout = createLayout()
  // 1 + the number of the newest barrier with a row; and the product of all splits so far, less 1. Both 0 in a fresh state.
  const newest = allocate(symbolLayout, 'base', 'newest', 1, DIMENSIONLESS)
  const splits = allocate(symbolLayout, 'base', 'splits', 1, DIMENSIONLESS)
  const bound = bindRows(plan, instruments, timeframe, symbolLayout)
  const close = plan.fields.indexOf('close')
  const logReturn = plan.fields.indexOf(LOG_RETURN)
  const index = instruments.fallback.benchmark

  const register = (state: TimeframeState, { symbol, splitFactor }: MemberRow): void => {
    const slots = state.symbols.get(symbol) ?? new Float64Array(symbolLayout.length)
    state.symbols.set(symbol, slots)
    slots[newest] = state.count
    slots[splits] = (1 + read(slots, splits)) * splitFactor - 1
  }

  const sectionOf = (state: TimeframeState, returns: DailyReturns, bucket: Bucket): Section => {
    const rows = new Map(bucket.rows.map((row) => [row.symbol, row]))
    const members = bucket.rows.filter(({ symbol }) => isInUniverse(instruments, symbol))
    const stateOf = (symbol: string): Float64Array => state.symbols.get(symbol) ?? new Float64Array(symbolLayout.length)
    const universe = [...state.symbols]
      .filter(([symbol, slots]) => {
        return isInUniverse(instruments, symbol) && state.count - read(slots, newest) <= SILENT_BARRIERS
      })
      .sort(([a], [b]) => (a < b ? -1 : 1))
    return {
      timeframe,
      ts: bucket.barrier,
      index: state.count - 1,
      members,
      sectors: members.map(({ symbol }) => sectorOf(instruments, symbol)),
      universeSize: universe.length,
      marketIndex: index === undefined ? undefined : rows.get(index),
      benchmarkClose({ symbol }) {
        const benchmark = rows.get(benchmarkOf(instruments, symbol) ?? '')
        return benchmark === undefined
          ? Number.NaN
          : read(benchmark.values, close) * (1 + read(stateOf(benchmark.symbol), splits))
      },
      returns,
      stateOf,
      universe,
    }
  }

  return {
    layoutHash: hashLayout(symbolLayout, bound.layoutHash),
    createState: () => ({ count: 0, market: new Float64Array(bound.marketLength), symbols: new Map() }),
    take(state, returns, bucket) {
      if (!bucket.rows.some(({ symbol }) => isInUniverse(instruments, symbol))) return undefined
      state.count += 1
      for (const row of bucket.rows) register(state, row)
      const section = sectionOf(state, returns, bucket)
      if (timeframe === '1d') takeReturns(returns, section.members, logReturn)
      return { section, results: bound.step(state.market, section) }
    },
  }
}
