import type { BarrierGrid } from '../../catalog/barrier-grid.ts'

/** The part of the barrier grid that stage two asks. */
export type Barriers = Pick<BarrierGrid, 'graceMs' | 'newestBefore'>

/** How far the inputs have come; UTC epoch milliseconds, undefined = nothing heard yet. */
export type Progress = {
  /** The first clock marker of `indicators`: barriers before it count as closed and empty. */
  firstClock: number | undefined
  /** The newest clock marker of `indicators`. */
  newestClock: number | undefined
  /** All barriers up to it are closed. */
  closedUpTo: number | undefined
}

/** No news from any input. */
export function noProgress(): Progress {
  return { firstClock: undefined, newestClock: undefined, closedUpTo: undefined }
}

/** Takes a clock marker of `indicators`. */
export function noteClock(progress: Progress, ts: number): void {
  progress.firstClock ??= ts
  progress.newestClock = Math.max(progress.newestClock ?? ts, ts)
}

/** Takes a progress marker of `market-state`. */
export function noteClosed(progress: Progress, ts: number): void {
  progress.closedUpTo = Math.max(progress.closedUpTo ?? ts, ts)
}

/** Whether a row of the view stamped `ts` has all the barriers before it behind it: B(ts) is closed. */
export function isCovered(progress: Progress, barriers: Barriers, ts: number): boolean {
  if (!isOnGrid(barriers, ts)) return true
  const barrier = barriers.newestBefore(ts)
  if (barrier === undefined) return true
  if (progress.closedUpTo !== undefined && progress.closedUpTo >= barrier) return true
  return progress.firstClock !== undefined && barrier < progress.firstClock
}

/** Whether the calendars behind the grid know `ts`; a row at another time can only be refused. */
export function isOnGrid(barriers: Barriers, ts: number): boolean {
  try {
    barriers.newestBefore(ts)
    return true
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'CALENDAR_RANGE') return false
    throw error
  }
}
