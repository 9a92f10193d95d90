import type { Slice } from './slice.ts'

/** Places of the logarithms of a bar's own prices from the index that {@link sharedBarLogs} returns. */
export const BAR_LOGS = {
  /** ln(H/L) */
  range: 0,
  /** ln(C/O) */
  body: 1,
  /** ln(H/O) */
  up: 2,
  /** ln(L/O) */
  down: 3,
} as const

/** Index in `bar.shared` of the logarithms that range volatilities are made of; see {@link BAR_LOGS}. */
export function sharedBarLogs(slice: Slice): number {
  return slice.shared('bar logs', 4, () => (_state, { open, high, low, close }, values, at) => {
    values[at + BAR_LOGS.range] = Math.log(high / low)
    values[at + BAR_LOGS.body] = Math.log(close / open)
    values[at + BAR_LOGS.up] = Math.log(high / open)
    values[at + BAR_LOGS.down] = Math.log(low / open)
  })
}
