import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import { type Bar, type BarInput, createBar } from './bar.ts'
import { allocateBaseRings, type BaseRings, putBar } from './base-series.ts'
import { type Column, columnsOf } from './column.ts'
import type { BoundIndicator, IndicatorDefinition } from './definition.ts'
import { DIMENSIONLESS, RECOMPUTE } from './dimension.ts'
import { allocate, createLayout, hashLayout, rescaleLayout } from './layout.ts'
import { orderByDependency, type PlannedIndicator, planIndicators } from './plan.ts'
import { INDICATOR_DEFINITIONS } from './registry.ts'
import { read, valueAgo } from './ring.ts'
import { allocateExtremes } from './shared-extremes.ts'
import { createSharedValues } from './shared-values.ts'
import { SIDE_FIELDS, type SideField } from './side-fields.ts'
import { createSlice, type SliceScope, slotAllocator } from './slice.ts'

/** Version of what the engine itself keeps (bar count, rings); a change of their meaning must raise it. */
const LAYOUT_VERSION = 4

/** Slot of the number of bars folded so far. */
const BAR_COUNT = 0

/**
 * Computes the indicators of a catalog, bar by bar, for any number of (symbol, timeframe) states. It holds no data of its own:
 * a snapshot of a state is a copy of its array, a restore is the reverse, valid while `layoutHash` is the same.
 */
export interface IndicatorEngine {
  /** What `out` holds, in this order. */
  readonly columns: readonly Column[]
  /** What `input.side` holds, in this order. */
  readonly sideFields: readonly SideField[]
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
  step(state: Float64Array, input: BarInput, out: Float64Array): void
  /**
   * Brings `state` into the units after a split; call it before the first bar in the new units. `splitFactor` = new shares per
   * old. Throws RangeError, with `state` untouched, unless it is positive and finite, and on a state of another length.
   */
  rescale(state: Float64Array, splitFactor: number): void
  /** Bars that a column needs: its first value is at 0-based bar `warmup - 1`. 1 where the data alone decides. */
  warmup(columnIndex: number): number
}

type Member = { readonly bound: BoundIndicator; readonly firstBar: number; readonly columns: readonly number[] }

/** How an engine is built; `definitions` is for tests. */
export type EngineOptions = {
  /** Ids of the rows that are computed; the columns of the others stay NaN. By default all are. */
  readonly active?: ReadonlySet<string>
  readonly definitions?: readonly IndicatorDefinition[]
}

/**
 * Builds the engine of some catalog rows. Columns are in row order; rows may come before those they depend on.
 * Throws {@link CatalogError} naming the row that cannot be honoured, whether it is active or not.
 */
export function createIndicatorEngine(
  rows: readonly IndicatorRow[],
  { active, definitions = INDICATOR_DEFINITIONS }: EngineOptions = {},
): IndicatorEngine {
  const all = orderByDependency(planIndicators(rows, definitions))
  const planned = active === undefined ? all : all.filter(({ row }) => active.has(row.id))
  const columns = columnsOf(rows)
  const sideFields = sideFieldsOf(all)
  const layout = createLayout()
  allocate(layout, 'base', 'bar_count', 1, DIMENSIONLESS)
  const lookbacks = planned.map(({ plan }) => plan.lookback ?? {})
  const rings = allocateBaseRings(layout, lookbacks)
  const sharedValues = createSharedValues()
  const extremes = allocateExtremes(
    { allocator: slotAllocator(layout, 'base'), sharedValues, rings },
    planned.map(({ plan }) => plan.highest ?? {}),
    planned.map(({ plan }) => plan.lowest ?? {}),
  )
  const scope = { layout, rings, extremes, sharedValues, sideFields }
  const members = planned.map((indicator) => bindMember(indicator, columns, scope))
  const steps = members.map(({ bound }) => bound.step)
  const lastWarmup = Math.max(0, ...members.map(({ firstBar }) => firstBar))
  const stateLength = layout.length
  const bar = { ...createBar(), shared: sharedValues.create() }
  const idle = columns.flatMap(({ indicatorId }, index) => (active?.has(indicatorId) === false ? [index] : []))

  const checkState = (state: Float64Array): void => {
    if (state.length !== stateLength) throw new RangeError(`State has ${state.length} slots, the layout ${stateLength}`)
  }

  return {
    columns,
    sideFields,
    stateLength,
    layoutHash: hashLayout(layout, describeContents(planned, columns)),
    createState: () => new Float64Array(stateLength),
    step(state, input, out) {
      checkState(state)
      if (out.length !== columns.length) throw new RangeError(`Row has ${out.length} columns, not ${columns.length}`)
      if (input.side.length !== sideFields.length) {
        throw new RangeError(`The bar has ${input.side.length} side values, not ${sideFields.length}`)
      }
      const { open, high, low, close, volume } = input
      // A number that is not finite would stay in recursive slots for good, and in every later snapshot.
      if (!Number.isFinite(open + high + low + close + volume)) {
        throw new RangeError(`Bar is not finite: ${open} ${high} ${low} ${close} ${volume}`)
      }
      fillBar(bar, state, rings, input)
      putBar(state, rings, bar)
      extremes.fold(state, bar.index, bar.shared)
      sharedValues.compute(state, bar)
      if (bar.index < lastWarmup) stepCold(members, state, bar, out)
      else for (const step of steps) step(state, bar, out)
      for (const column of idle) out[column] = Number.NaN
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
  columns: readonly Column[],
  scope: Pick<SliceScope, 'layout' | 'rings' | 'extremes' | 'sharedValues' | 'sideFields'>,
): Member {
  const column = (indicatorId: string, output: string): number => {
    const index = columns.findIndex((each) => each.indicatorId === indicatorId && each.output === output)
    if (index < 0) throw new Error(`Indicator ${row.id} names column ${indicatorId}.${output}, which does not exist`)
    return index
  }
  const { lookback = {}, highest = {}, lowest = {}, dependencies = [], side = [] } = plan
  const declared = { lookback, highest, lowest, dependencies, side }
  const bound = plan.bind(createSlice({ id: row.id, ...declared, ...scope, column }))
  const recomputes = scope.layout.segments.some(({ owner, dimension }) => owner === row.id && dimension === RECOMPUTE)
  if (recomputes && bound.recompute === undefined) throw new Error(`Indicator ${row.id} cannot recompute its slots`)
  const own = columns.flatMap(({ indicatorId }, index) => (indicatorId === row.id ? [index] : []))
  return { bound, firstBar: (plan.warmupBars ?? 1) - 1, columns: own }
}

/** The side fields that some of the indicators read: those of the list in its order, then those of other timeframes. */
function sideFieldsOf(planned: readonly PlannedIndicator[]): readonly SideField[] {
  const read = new Set(planned.flatMap(({ plan }) => plan.side ?? []))
  const listed: readonly SideField[] = SIDE_FIELDS.filter((field) => read.has(field))
  return [...listed, ...[...read].filter((field) => field.includes('@')).toSorted()]
}

function fillBar(bar: Bar, state: Float64Array, rings: BaseRings, input: BarInput): void {
  const { high, low, close } = input
  const index = read(state, BAR_COUNT) | 0
  const previousClose = index === 0 ? Number.NaN : valueAgo(state, rings.close, index, 1)
  bar.index = index
  bar.open = input.open
  bar.high = high
  bar.low = low
  bar.close = close
  bar.volume = input.volume
  bar.timeframe = input.timeframe
  bar.tsClose = input.tsClose
  bar.session = input.session
  bar.side = input.side
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
