import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'
import { type Bar, createBar } from './bar.ts'
import { allocateBaseRings, type BaseRings, putBar } from './base-series.ts'
import { type Column, columnsOf } from './column.ts'
import type { BoundIndicator, IndicatorDefinition } from './definition.ts'
import { DIMENSIONLESS, RECOMPUTE } from './dimension.ts'
import { allocate, createLayout, hashLayout, rescaleLayout, type StateLayout } from './layout.ts'
import { orderByDependency, type PlannedIndicator, planIndicators } from './plan.ts'
import { INDICATOR_DEFINITIONS } from './registry.ts'
import { read, valueAgo } from './ring.ts'
import { createSlice } from './slice.ts'

/** Version of what the engine itself keeps (bar count, rings); a change of their meaning must raise it. */
const LAYOUT_VERSION = 1

/** Slot of the number of bars folded so far. */
const BAR_COUNT = 0

/**
 * Computes the indicators of a catalog, bar by bar, for any number of (symbol, timeframe) states. It holds no data of its own:
 * a snapshot of a state is a copy of its array, a restore is the reverse, valid while `layoutHash` is the same.
 */
export interface IndicatorEngine {
  /** What `out` holds, in this order. */
  readonly columns: readonly Column[]
  readonly stateLength: number
  /** Hex sha256 of all that gives a state array its meaning: slots, sizes, dimensions, indicators with version and params. */
  readonly layoutHash: string
  /** A state that has seen no bar. */
  createState(): Float64Array
  /**
   * Folds the next closed bar of one symbol and timeframe into `state` and writes every column into `out`, NaN where a value is
   * not available. Prices are positive and volume is not negative: ingest has seen to that. Throws RangeError, with `state`
   * untouched, on a number that is not finite or an array of another length.
   */
  step(
    state: Float64Array,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: number,
    timeframe: Timeframe,
    out: Float64Array,
  ): void
  /**
   * Brings `state` into the units after a split; call it before the first bar in the new units. `splitFactor` = new shares per
   * old. Throws RangeError, with `state` untouched, unless it is positive and finite, and on a state of another length.
   */
  rescale(state: Float64Array, splitFactor: number): void
  /** Bars that a column needs: its first value is at 0-based bar `warmup - 1`. 1 where the data alone decides. */
  warmup(columnIndex: number): number
}

type Member = { readonly bound: BoundIndicator; readonly firstBar: number; readonly columns: readonly number[] }

/**
 * Builds the engine of some catalog rows. Columns are in row order; rows may come before those they depend on.
 * Throws {@link CatalogError} naming the row that cannot be honoured. `definitions` is for tests.
 */
export function createIndicatorEngine(
  rows: readonly IndicatorRow[],
  definitions: readonly IndicatorDefinition[] = INDICATOR_DEFINITIONS,
): IndicatorEngine {
  const planned = orderByDependency(planIndicators(rows, definitions))
  const columns = columnsOf(rows)
  const layout = createLayout()
  allocate(layout, 'base', 'bar_count', 1, DIMENSIONLESS)
  const lookbacks = planned.map(({ plan }) => plan.lookback ?? {})
  const rings = allocateBaseRings(layout, lookbacks)
  const members = planned.map((indicator) => bindMember(indicator, layout, rings, columns))
  const lastWarmup = Math.max(0, ...members.map(({ firstBar }) => firstBar))
  const stateLength = layout.length
  const bar = createBar()

  const checkState = (state: Float64Array): void => {
    if (state.length !== stateLength) throw new RangeError(`State has ${state.length} slots, the layout ${stateLength}`)
  }

  return {
    columns,
    stateLength,
    layoutHash: hashLayout(layout, describeContents(planned, columns)),
    createState: () => new Float64Array(stateLength),
    step(state, open, high, low, close, volume, timeframe, out) {
      checkState(state)
      if (out.length !== columns.length) throw new RangeError(`Row has ${out.length} columns, not ${columns.length}`)
      // A number that is not finite would stay in recursive slots for good, and in every later snapshot.
      if (!Number.isFinite(open + high + low + close + volume)) {
        throw new RangeError(`Bar is not finite: ${open} ${high} ${low} ${close} ${volume}`)
      }
      fillBar(bar, state, rings, open, high, low, close, volume, timeframe)
      putBar(state, rings, bar)
      if (bar.index < lastWarmup) stepCold(members, state, bar, out)
      else for (const { bound } of members) bound.step(state, bar, out)
      state[BAR_COUNT] = bar.index + 1
    },
    rescale(state, splitFactor) {
      checkState(state)
      if (!(splitFactor > 0 && Number.isFinite(splitFactor))) throw new RangeError(`Split factor ${splitFactor}`)
      rescaleLayout(layout, state, splitFactor)
      for (const { bound } of members) bound.recompute?.(state, read(state, BAR_COUNT))
    },
    warmup(columnIndex) {
      const member = members.find((candidate) => candidate.columns.includes(columnIndex))
      if (member === undefined) throw new RangeError(`No column ${columnIndex}`)
      return member.firstBar + 1
    },
  }
}

/** Ids of the indicators that a row's own values are computed from, for choosing a part of a catalog. Throws as the engine does. */
export function indicatorDependencies(row: IndicatorRow): readonly string[] {
  return planIndicators([row], INDICATOR_DEFINITIONS).flatMap(({ plan }) => plan.dependencies ?? [])
}

function bindMember(
  { row, plan }: PlannedIndicator,
  layout: StateLayout,
  rings: BaseRings,
  columns: readonly Column[],
): Member {
  const column = (indicatorId: string, output: string): number => {
    const index = columns.findIndex((each) => each.indicatorId === indicatorId && each.output === output)
    if (index < 0) throw new Error(`Indicator ${row.id} names column ${indicatorId}.${output}, which does not exist`)
    return index
  }
  const { lookback = {}, dependencies = [] } = plan
  const bound = plan.bind(createSlice({ id: row.id, lookback, dependencies, rings, layout, column }))
  const recomputes = layout.segments.some(({ owner, dimension }) => owner === row.id && dimension === RECOMPUTE)
  if (recomputes && bound.recompute === undefined) throw new Error(`Indicator ${row.id} cannot recompute its slots`)
  return { bound, firstBar: (plan.warmupBars ?? 1) - 1, columns: plan.outputs.map((output) => column(row.id, output)) }
}

function fillBar(
  bar: Bar,
  state: Float64Array,
  rings: BaseRings,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
  timeframe: Timeframe,
): void {
  const index = read(state, BAR_COUNT) | 0
  const previousClose = index === 0 ? Number.NaN : valueAgo(state, rings.close, index, 1)
  bar.index = index
  bar.open = open
  bar.high = high
  bar.low = low
  bar.close = close
  bar.volume = volume
  bar.timeframe = timeframe
  bar.previousClose = previousClose
  bar.logReturn = Math.log(close / previousClose)
  bar.trueRange = Math.max(high - low, Math.abs(high - previousClose), Math.abs(low - previousClose))
}

/** Withholds each indicator's values until it is warm, before those that depend on it read them. */
function stepCold(members: readonly Member[], state: Float64Array, bar: Bar, out: Float64Array): void {
  for (const { bound, firstBar, columns } of members) {
    bound.step(state, bar, out)
    if (bar.index < firstBar) for (const column of columns) out[column] = Number.NaN
  }
}

function describeContents(planned: readonly PlannedIndicator[], columns: readonly Column[]) {
  return {
    version: LAYOUT_VERSION,
    indicators: planned.map(({ row }) => ({ id: row.id, version: row.version, params: row.params })),
    columns: columns.map(({ name }) => name),
  }
}
