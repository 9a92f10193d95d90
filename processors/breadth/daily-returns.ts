import { fieldName } from '../../catalog/indicator-column.ts'
import { read } from '../indicators/ring.ts'
import type { MemberRow } from './section.ts'

/** The field of stage one that they are. */
export const LOG_RETURN = fieldName('logret_1', 'value')

/** How many daily barriers a symbol's returns are kept for. 0.97^512 is 2e-7: what a RiskMetrics weight is then worth. */
export const RETURNS_KEPT = 512

/** Slot of the number (from 1) of the newest barrier that a symbol had a row at; the returns lie behind it. */
const NEWEST = 0
const FIRST = 1

/**
 * Daily log returns by symbol and barrier, so that those of two symbols at one place are of the same day. As data: `count` daily
 * barriers so far, and per symbol one array.
 */
export type DailyReturns = { count: number; readonly bySymbol: Map<string, Float64Array> }

/** No barrier yet. */
export function noReturns(): DailyReturns {
  return { count: 0, bySymbol: new Map() }
}

/** Takes the daily returns of a barrier; `field` is the place of the log return in the values of a member. */
export function takeReturns(returns: DailyReturns, members: readonly MemberRow[], field: number): void {
  returns.count += 1
  for (const { symbol, values } of members) {
    const known = returns.bySymbol.get(symbol)
    const series = known ?? new Float64Array(FIRST + RETURNS_KEPT).fill(Number.NaN)
    if (known === undefined) {
      series[NEWEST] = returns.count - 1
      returns.bySymbol.set(symbol, series)
    }
    const silentFrom = Math.max(read(series, NEWEST) + 1, returns.count - RETURNS_KEPT + 1)
    for (let barrier = silentFrom; barrier < returns.count; barrier += 1) series[slotOf(barrier)] = Number.NaN
    series[slotOf(returns.count)] = values[field] ?? Number.NaN
    series[NEWEST] = returns.count
  }
}

/**
 * The last `length` (at most {@link RETURNS_KEPT}) returns of a symbol, oldest first, one for each of the last `length` daily
 * barriers; NaN where it had none.
 */
export function lastReturns({ count, bySymbol }: DailyReturns, symbol: string, length: number): Float64Array {
  const returns = new Float64Array(length).fill(Number.NaN)
  const series = bySymbol.get(symbol)
  if (series === undefined) return returns
  const newest = read(series, NEWEST)
  const oldest = Math.max(1, count - length + 1, newest - RETURNS_KEPT + 1)
  for (let barrier = oldest; barrier <= newest; barrier += 1) {
    returns[barrier - (count - length + 1)] = read(series, slotOf(barrier))
  }
  return returns
}

/** A copy that shares nothing. */
export function copyReturns({ count, bySymbol }: DailyReturns): DailyReturns {
  return { count, bySymbol: new Map([...bySymbol].map(([symbol, series]) => [symbol, series.slice()])) }
}

function slotOf(barrier: number): number {
  return FIRST + (barrier % RETURNS_KEPT)
}
