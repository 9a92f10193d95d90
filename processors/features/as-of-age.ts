import type { Timeframe } from '../../catalog/timeframe.ts'
import { DIMENSIONLESS } from '../indicators/dimension.ts'
import { read } from '../indicators/ring.ts'
import type { StateSlots } from './state-slots.ts'

/** How long ago a series that is joined as-of had something new, counted in rows of the view. */
export interface AsOfAge {
  /** Notes what the view's row found: `stamp` is another number for every row of the series, NaN = none found. Once a row. */
  note(state: Float64Array, stamp: number): void
  /** Rows of the view since the row found first was; 0 = it is new, infinite = there is none. */
  read(state: Float64Array): number
}

/** Allocates the age of a series. */
export function bindAsOfAge(slots: StateSlots, view: Timeframe, name: string): AsOfAge {
  const seen = slots.slots(view, `${name}.seen`, 1, DIMENSIONLESS)
  const age = slots.slots(view, `${name}.age`, 1, DIMENSIONLESS)
  return {
    note(state, stamp) {
      if (Number.isNaN(stamp)) state[age] = Number.POSITIVE_INFINITY
      else if (stamp === state[seen]) state[age] = read(state, age) + 1
      else state[age] = 0
      state[seen] = stamp
    },
    read: (state) => read(state, age),
  }
}
