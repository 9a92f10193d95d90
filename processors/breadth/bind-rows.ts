import { fieldName } from '../../catalog/indicator-column.ts'
import type { Instruments } from '../../catalog/instruments.ts'
import { sectorsOf } from '../../catalog/instruments.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'
import { DIMENSIONLESS } from '../indicators/dimension.ts'
import { allocate, createLayout, hashLayout, type StateLayout } from '../indicators/layout.ts'
import { ringCapacity } from '../indicators/ring.ts'
import type { Slice } from '../indicators/slice.ts'
import type { CrossSlice } from './definition.ts'
import type { CrossSectionPlan, PlannedRow } from './plan.ts'
import type { Results, Section } from './section.ts'

/** The rows of one timeframe, bound to their slots. */
export type BoundRows = {
  readonly marketLength: number
  readonly layoutHash: string
  /** Computes every column of a section; those of rows that do not list the timeframe are NaN. */
  step(market: Float64Array, section: Section): Results
}

/** Binds the rows that list `timeframe`. Their slots of every symbol are appended to `symbolLayout`. */
export function bindRows(
  plan: CrossSectionPlan,
  instruments: Instruments,
  timeframe: Timeframe,
  symbolLayout: StateLayout,
): BoundRows {
  const layout = createLayout()
  const sectors = sectorsOf(instruments)
  const planned = plan.rows.filter(({ row }) => row.defaultTimeframes.includes(timeframe))
  const rows = planned.map((one) => {
    const slice = createCrossSlice(one, plan, layout, symbolLayout, sectors)
    const columns = one.row.outputs.map(({ name }) => slice.column(name))
    return { ...one.plan.bind(slice), isMarket: one.isMarket, firstIndex: (one.plan.warmupBars ?? 1) - 1, columns }
  })
  const contents = {
    fields: plan.fields,
    sectors,
    rows: planned.map(({ row: { id, version, params } }) => ({ id, version, params })),
  }
  return {
    marketLength: layout.length,
    layoutHash: hashLayout(layout, contents),
    step(market, section) {
      const results: Results = {
        market: new Float64Array(plan.market.length).fill(Number.NaN),
        universe: plan.universe.map(() => new Float64Array(section.members.length).fill(Number.NaN)),
      }
      for (const { step, isMarket, firstIndex, columns } of rows) {
        step(market, section, results)
        // Withheld before the rows that depend on it read it.
        if (isMarket && section.index < firstIndex) for (const column of columns) results.market[column] = Number.NaN
      }
      return results
    },
  }
}

function createCrossSlice(
  { row, isMarket, plan: { reads, dependencies = [] } }: PlannedRow,
  { fields, market, universe }: CrossSectionPlan,
  layout: StateLayout,
  symbolLayout: StateLayout,
  sectors: readonly string[],
): CrossSlice {
  const unknown = (what: string): never => {
    throw new Error(`Indicator ${row.id} reads ${what}, which its plan does not declare`)
  }
  const place = (names: readonly string[], name: string): number => {
    const found = names.indexOf(name)
    return found < 0 ? unknown(name) : found
  }
  const slice: Slice = {
    series: unknown,
    highest: unknown,
    lowest: unknown,
    shared: unknown,
    side: unknown,
    slots: (name, size, dimension) => allocate(layout, row.id, name, size, dimension),
    ring(name, length, dimension) {
      const capacity = ringCapacity(length)
      return { offset: allocate(layout, row.id, name, capacity, dimension), mask: capacity - 1 }
    },
    column: (output) => place(isMarket ? market : universe, fieldName(row.id, output)),
    input: (id, output) => (dependencies.includes(id) ? place(market, fieldName(id, output)) : unknown(id)),
  }
  return {
    ...slice,
    market: slice,
    field: (name) => (reads.includes(name) ? place(fields, name) : unknown(name)),
    symbolSlots: (name, size) => allocate(symbolLayout, row.id, name, size, DIMENSIONLESS),
    sectors,
  }
}
