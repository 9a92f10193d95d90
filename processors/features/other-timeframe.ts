import type { Aggregate } from '../../catalog/feature-row.ts'
import type { TimeframeRule } from '../../catalog/feature-timeframe.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'
import { DIMENSIONLESS, type Dimension } from '../indicators/dimension.ts'
import { put, type Ring, read } from '../indicators/ring.ts'
import { type AsOfAge, bindAsOfAge } from './as-of-age.ts'
import type { StateSlots } from './state-slots.ts'

/** Rows of a timeframe in a day around the clock; a week counts as a seventh of one. */
const ROWS_A_DAY: Readonly<Record<Timeframe, number>> = {
  '1m': 1440,
  '5m': 288,
  '15m': 96,
  '1h': 24,
  '1d': 1,
  '1w': 1 / 7,
}

/** How many bars of a shorter timeframe one of `timeframe` is, around the clock; 1 if `shorter` is none. */
export function barsIn(timeframe: Timeframe, shorter: Timeframe): number {
  return Math.max(1, ROWS_A_DAY[shorter] / ROWS_A_DAY[timeframe])
}

/**
 * How many rows of `timeframe` are kept for a view. Two of the view's bars, so that a view row that is published late still
 * finds those of its own time; of a longer timeframe the newest is wanted, and a few behind it for the same reason.
 */
export function rowsKept(timeframe: Timeframe, view: Timeframe): number {
  return Math.max(4, Math.ceil((2 * ROWS_A_DAY[timeframe]) / ROWS_A_DAY[view]))
}

/** The newest rows of a timeframe other than the view's, by their `ts`; shared by all features that are computed on it. */
export interface OtherTimeframe {
  /** Remembers the `ts` of the row of 0-based `index`. */
  put(state: Float64Array, index: number, ts: number): void
  /**
   * Finds the kept rows with `from` < ts <= `to` among the first `count` rows, for the readers below, and notes the age of the
   * newest; once for a row of the view.
   */
  look(state: Float64Array, count: number, from: number, to: number): void
  /** Index of the oldest row found; above `last` when there is none. */
  first(): number
  /** Index of the newest row found; of a row <= `to` whatever `from` is. */
  last(): number
  readonly capacity: number
  /** Of the newest row found. */
  readonly age: AsOfAge
}

/** Allocates the times of the kept rows. */
export function bindOtherTimeframe(slots: StateSlots, timeframe: Timeframe, view: Timeframe): OtherTimeframe {
  const times = slots.ring(timeframe, 'ts', rowsKept(timeframe, view), DIMENSIONLESS)
  const capacity = times.mask + 1
  const age = bindAsOfAge(slots, view, timeframe)
  let first = 0
  let last = -1
  const timeOf = (state: Float64Array, index: number): number => read(state, times.offset + (index & times.mask))
  return {
    capacity,
    age,
    put: (state, index, ts) => put(state, times, index, ts),
    look(state, count, from, to) {
      const oldest = Math.max(0, count - capacity)
      last = count - 1
      while (last >= oldest && timeOf(state, last) > to) last -= 1
      if (last < oldest) last = -1
      first = last + 1
      while (last >= 0 && first > oldest && timeOf(state, first - 1) > from) first -= 1
      age.note(state, last < 0 ? Number.NaN : last)
    },
    first: () => first,
    last: () => last,
  }
}

/** The values of one feature on the rows of another timeframe, and the one that a view row takes of them. */
export interface OtherValues {
  put(state: Float64Array, index: number, value: number): void
  /** The view row's value by the feature's rule; NaN where no row gives one. `rows` has looked just before. */
  take(state: Float64Array): number
}

/**
 * Allocates the kept values. Those of a longer timeframe change units with the view, whose rows come first; those of a shorter one
 * with their own rows.
 */
export function bindOtherValues(
  slots: StateSlots,
  rows: OtherTimeframe,
  rule: Exclude<TimeframeRule, { kind: 'own' }>,
  memory: { readonly view: Timeframe; readonly name: string; readonly dimension: Dimension },
): OtherValues {
  const owner = rule.kind === 'htf_closed' ? memory.view : rule.timeframe
  const values = slots.ring(owner, `${memory.name}.rows`, rows.capacity, memory.dimension)
  const valueAt = (state: Float64Array, index: number): number => read(state, values.offset + (index & values.mask))
  const fold = rule.kind === 'htf_closed' ? undefined : foldOf(rule.aggregate)
  return {
    put: (state, index, value) => put(state, values, index, value),
    take(state) {
      const last = rows.last()
      if (fold === undefined) return last < 0 ? Number.NaN : valueAt(state, last)
      return fold(state, values, rows.first(), last)
    },
  }
}

type Fold = (state: Float64Array, values: Ring, first: number, last: number) => number

function foldOf(aggregate: Aggregate): Fold {
  if (aggregate === 'last') return lastOf
  if (aggregate === 'mean') return meanOf
  // True is 1 and false is 0, so the largest value says whether any is true.
  return largestOf
}

const lastOf: Fold = (state, values, first, last) =>
  last < first ? Number.NaN : read(state, values.offset + (last & values.mask))

const meanOf: Fold = (state, values, first, last) => {
  let sum = 0
  let count = 0
  for (let index = first; index <= last; index += 1) {
    const value = read(state, values.offset + (index & values.mask))
    if (Number.isNaN(value)) continue
    sum += value
    count += 1
  }
  return count === 0 ? Number.NaN : sum / count
}

const largestOf: Fold = (state, values, first, last) => {
  let largest = Number.NaN
  for (let index = first; index <= last; index += 1) {
    const value = read(state, values.offset + (index & values.mask))
    if (Number.isNaN(largest) || value > largest) largest = value
  }
  return largest
}
