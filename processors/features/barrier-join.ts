import type { Timeframe } from '../../catalog/timeframe.ts'
import { type AsOfAge, bindAsOfAge } from './as-of-age.ts'
import type { BarrierRow, BarrierSource, MarketState } from './market-state.ts'
import type { StateSlots } from './state-slots.ts'

/** The barrier row that all features of one source share on a row of the view. */
export type BarrierJoin = BarrierSource & {
  readonly age: AsOfAge
  /** Finds the newest row with `notBefore` <= ts < `before`, once for a row of the view, and notes its age. */
  look(state: Float64Array, market: MarketState, symbol: string, notBefore: number, before: number): void
  /** What the last look found. */
  found(): BarrierRow | undefined
}

/** Plans the join of a source into a view. */
export function bindBarrierJoin({ reach, timeframe }: BarrierSource, view: Timeframe, slots: StateSlots): BarrierJoin {
  const age = bindAsOfAge(slots, view, `${reach} ${timeframe}`)
  const source = { reach, timeframe }
  let row: BarrierRow | undefined
  return {
    reach,
    timeframe,
    age,
    look(state, market, symbol, notBefore, before) {
      row = market.newest(source, symbol, notBefore, before)
      age.note(state, row?.ts ?? Number.NaN)
    },
    found: () => row,
  }
}
