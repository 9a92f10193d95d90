import type { Timeframe } from '../../catalog/timeframe.ts'

/** The first barrier of a timeframe at or after a time, UTC epoch milliseconds; undefined where no calendar knows one. */
export type NextClose = (ts: number) => number | undefined

/** Finds the barrier that a row belongs to: the first close of its timeframe at or after its `ts`. */
export type BarrierOf = (timeframe: Timeframe, ts: number) => number | undefined

/**
 * Builds the lookup. Rows come nearly in order of time, so the last span before a close answers most of them. What it gives depends
 * on its arguments alone; undefined where the timeframe has no barriers, too.
 */
export function createBarrierLookup(closes: ReadonlyMap<Timeframe, NextClose>): BarrierOf {
  const spans = new Map<Timeframe, { readonly from: number; readonly upTo: number }>()
  return (timeframe, ts) => {
    const span = spans.get(timeframe)
    if (span !== undefined && ts >= span.from && ts <= span.upTo) return span.upTo
    const upTo = closes.get(timeframe)?.(ts)
    if (upTo !== undefined) spans.set(timeframe, { from: ts, upTo })
    return upTo
  }
}
