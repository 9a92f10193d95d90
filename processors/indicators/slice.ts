import type { BaseRings, BaseSeries, Lookback } from './base-series.ts'
import type { SlotDimension } from './dimension.ts'
import { allocate, type StateLayout } from './layout.ts'
import type { SlotAllocator } from './monotonic-deque.ts'
import { type Ring, ringCapacity } from './ring.ts'
import type { SharedExtremes } from './shared-extremes.ts'
import type { SharedComputation, SharedValues } from './shared-values.ts'
import type { SideField } from './side-fields.ts'

/** An indicator's view of the state and output row while its engine is built: it allocates slots and finds columns. */
export interface Slice {
  /** The shared ring of a series that the plan's lookback names. */
  series(name: BaseSeries): Ring
  /** Index in `bar.shared` of the highest value of the last `length` bars of a shared series, which the plan's `highest` covers. */
  highest(series: BaseSeries, length: number): number
  /** As {@link Slice.highest}, the lowest value. */
  lowest(series: BaseSeries, length: number): number
  /**
   * Index in `bar.shared` of the first of `width` values that are computed once a step for all rows that give the same key; the
   * key says all that the computation depends on. `create` is called for the first of them, and may allocate slots.
   */
  shared(key: string, width: number, create: () => SharedComputation): number
  /** Allocates slots, 0 at first, and returns the offset of the first. */
  slots(name: string, size: number, dimension: SlotDimension): number
  /** Allocates a ring of the indicator's own for at least `length` values. */
  ring(name: string, length: number, dimension: SlotDimension): Ring
  /** Index in the output row of one of the indicator's own outputs; of a vector, that of its first number. */
  column(output: string): number
  /** Index in the output row of an output of a dependency; of a vector, that of its first number. */
  input(indicatorId: string, output: string): number
  /** Index in `bar.side` of a value from outside. */
  side(field: SideField): number
}

/** What a slice may reach. `column` throws for a column that is not there. */
export type SliceScope = {
  readonly id: string
  readonly lookback: Lookback
  readonly highest: Lookback
  readonly lowest: Lookback
  readonly dependencies: readonly string[]
  readonly side: readonly SideField[]
  readonly sideFields: readonly SideField[]
  readonly rings: BaseRings
  readonly extremes: SharedExtremes
  readonly sharedValues: SharedValues
  readonly layout: StateLayout
  column(indicatorId: string, output: string): number
}

/** Throws when a definition reaches for a series or an indicator that its plan did not declare: a fault in code. */
export function createSlice(scope: SliceScope): Slice {
  const { id, lookback, dependencies, side, sideFields, rings, extremes, sharedValues, layout, column } = scope
  const allocator = slotAllocator(layout, id)
  const covers = (covered: Lookback, series: BaseSeries, length: number): void => {
    if ((covered[series] ?? 0) >= length) return
    throw new Error(`Indicator ${id} asks for an extreme of ${length} bars of ${series}, which its plan does not cover`)
  }
  return {
    series(name) {
      if (lookback[name] === undefined) throw new Error(`Indicator ${id} reads ${name}, which is not in its lookback`)
      return rings[name]
    },
    highest(series, length) {
      covers(scope.highest, series, length)
      return extremes.highest(series, length)
    },
    lowest(series, length) {
      covers(scope.lowest, series, length)
      return extremes.lowest(series, length)
    },
    shared: sharedValues.index,
    ...allocator,
    column: (output) => column(id, output),
    input(indicatorId, output) {
      if (dependencies.includes(indicatorId)) return column(indicatorId, output)
      throw new Error(`Indicator ${id} reads ${indicatorId}, which is not among its dependencies`)
    },
    side(field) {
      if (side.includes(field)) return sideFields.indexOf(field)
      throw new Error(`Indicator ${id} reads ${field}, which is not among its side fields`)
    },
  }
}

/** Allocates slots and rings of one owner. */
export function slotAllocator(layout: StateLayout, owner: string): SlotAllocator {
  return {
    slots: (name, size, dimension) => allocate(layout, owner, name, size, dimension),
    ring(name, length, dimension) {
      const capacity = ringCapacity(length)
      return { offset: allocate(layout, owner, name, capacity, dimension), mask: capacity - 1 }
    },
  }
}
