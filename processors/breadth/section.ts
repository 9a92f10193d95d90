import type { Timeframe } from '../../catalog/timeframe.ts'
import type { DailyReturns } from './daily-returns.ts'

/** A symbol's newest row of stage one within a barrier. */
export type MemberRow = {
  readonly symbol: string
  /** The partition it was read from. */
  readonly partition: number
  /** Close of its bar, UTC epoch milliseconds. */
  readonly ts: number
  /** New shares per old that took effect since the symbol's row of an earlier barrier; 1 = no split. */
  readonly splitFactor: number
  /** Values of the fields that are read, in their order; NaN = absent. */
  readonly values: Float64Array
}

/** The cross-section of one timeframe at a closed barrier. */
export type Section = {
  readonly timeframe: Timeframe
  /** Barrier time, UTC epoch milliseconds. */
  readonly ts: number
  /** 0-based number of this barrier among those of the timeframe that had a member. */
  readonly index: number
  /** The rows of the universe, by symbol. */
  readonly members: readonly MemberRow[]
  /** The sector of each member; undefined where the catalog names none. */
  readonly sectors: readonly (string | undefined)[]
  /** How many symbols of the universe there are: those with a row at this barrier or one of the {@link SILENT_BARRIERS} before. */
  readonly universeSize: number
  /** The row of the market index. */
  readonly marketIndex: MemberRow | undefined
  /** Close at this barrier of what a member is measured against, in units that no split of it changes; NaN without a row of it. */
  benchmarkClose(member: MemberRow): number
  /** Daily log returns up to the newest daily barrier, this one included when it is one. */
  readonly returns: DailyReturns
  /** The state of a symbol in this timeframe; every member has one. */
  stateOf(symbol: string): Float64Array
  /** The symbols that count for `universeSize`, in order, with their state. */
  readonly universe: readonly (readonly [symbol: string, state: Float64Array])[]
}

/** A symbol without a row at this many barriers in a row (a month of days) is no longer counted as one of the universe. */
export const SILENT_BARRIERS = 20

/** What the rows of a section come to; NaN = not available. */
export type Results = {
  /** By market-wide column. */
  readonly market: Float64Array
  /** By column of the universe, then by member. */
  readonly universe: readonly Float64Array[]
}

/** The values of one field, by member. */
export function fieldOf({ members }: Pick<Section, 'members'>, field: number): Float64Array {
  const column = new Float64Array(members.length)
  for (const [place, { values }] of members.entries()) column[place] = values[field] ?? Number.NaN
  return column
}
