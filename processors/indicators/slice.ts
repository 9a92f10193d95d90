import type { BaseRings, BaseSeries, Lookback } from './base-series.ts'
import type { SlotDimension } from './dimension.ts'
import { allocate, type StateLayout } from './layout.ts'
import { type Ring, ringCapacity } from './ring.ts'

/** An indicator's view of the state and output row while its engine is built: it allocates slots and finds columns. */
export interface Slice {
  /** The shared ring of a series that the plan's lookback names. */
  series(name: BaseSeries): Ring
  /** Allocates slots, 0 at first, and returns the offset of the first. */
  slots(name: string, size: number, dimension: SlotDimension): number
  /** Allocates a ring of the indicator's own for at least `length` values. */
  ring(name: string, length: number, dimension: SlotDimension): Ring
  /** Index in the output row of one of the indicator's own outputs. */
  column(output: string): number
  /** Index in the output row of an output of a dependency. */
  input(indicatorId: string, output: string): number
}

/** What a slice may reach. `column` throws for a column that is not there. */
export type SliceScope = {
  readonly id: string
  readonly lookback: Lookback
  readonly dependencies: readonly string[]
  readonly rings: BaseRings
  readonly layout: StateLayout
  column(indicatorId: string, output: string): number
}

/** Throws when a definition reaches for a series or an indicator that its plan did not declare: a fault in code. */
export function createSlice({ id, lookback, dependencies, rings, layout, column }: SliceScope): Slice {
  return {
    series(name) {
      if (lookback[name] === undefined) throw new Error(`Indicator ${id} reads ${name}, which is not in its lookback`)
      return rings[name]
    },
    slots: (name, size, dimension) => allocate(layout, id, name, size, dimension),
    ring(name, length, dimension) {
      const capacity = ringCapacity(length)
      return { offset: allocate(layout, id, name, capacity, dimension), mask: capacity - 1 }
    },
    column: (output) => column(id, output),
    input(indicatorId, output) {
      if (dependencies.includes(indicatorId)) return column(indicatorId, output)
      throw new Error(`Indicator ${id} reads ${indicatorId}, which is not among its dependencies`)
    },
  }
}
