import type { Timeframe } from '../../catalog/timeframe.ts'

/** A bar that no later record changes. `ts` is its close; times in UTC epoch milliseconds. */
export type ClosedBar = {
  readonly timeframe: Timeframe
  readonly ts_open: number
  readonly ts: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}
