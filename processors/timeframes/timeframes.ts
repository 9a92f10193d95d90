import { TIMEFRAMES, type Timeframe } from '../../catalog/timeframe.ts'
import type { ClosedBar } from './closed-bar.ts'
import type { SessionCursor } from './session-cursor.ts'
import {
  addToBucket,
  bucketClose,
  bucketOpens,
  equalsNewest,
  isNewestReadyMade,
  newestTs,
  openBucket,
  putNewest,
  takeBucket,
} from './timeframe-slots.ts'

export type { ClosedBar } from './closed-bar.ts'
export { createSessionCursor, type SessionCursor } from './session-cursor.ts'
export { createTimeframeSlots, rescaleTimeframeSlots, TIMEFRAME_SLOTS_VERSION } from './timeframe-slots.ts'

/*
 * How the bars of a symbol become bars of longer timeframes. Every closed bar, arrived or built, goes into the bucket of the
 * next longer timeframe that holds its first instant within a session (a bar that reaches no session goes into none):
 *
 * - Open, high, low and close are exact; the volume is summed oldest to newest, over the bars of the next shorter timeframe.
 * - A bucket is closed by the bar that ends at its close or later, and else by the first sign that it is over: a bar of the same
 *   or a shorter timeframe that opens at its close or later, or a clock marker later than close + grace. Missing bars leave
 *   no trace; a bucket without any bar has no row.
 * - A ready-made bar is used as it is and takes the place of the open bucket; one that begins at the bar's close or later is of
 *   a later span and goes on. After a ready-made bar, the next bucket waits until it is known to be over, since a ready-made bar
 *   may still come; if none does, the bucket is used, and from then on buckets close at once again, so a feed may change from
 *   ready-made days to minutes.
 * - Bars of a timeframe never overlap: no bucket opens before the newest bar's close. A ready-made bar that comes after its
 *   bucket was closed is a repeat if it is equal, else a revision.
 * - The first bucket of a symbol is dropped if bars may be missing at its start: if its first bar does not start with it and the
 *   next shorter timeframe has no earlier bar. Any later bucket is used, whatever is missing in it.
 */

/** How an arriving bar stands to the newest of its timeframe. */
export type BarPlace = 'next' | 'repeat' | 'revision' | 'late'

/** Says whether `bar` may be taken next; changes nothing. */
export function placeOf(slots: Float64Array, bar: ClosedBar): BarPlace {
  const at = TIMEFRAMES.indexOf(bar.timeframe)
  const newest = newestTs(slots, at)
  if (!(bar.ts <= newest)) return 'next'
  if (bar.ts < newest) return 'late'
  return equalsNewest(slots, at, bar) ? 'repeat' : 'revision'
}

/** Closes the buckets that are over once a bar of `timeframe` opens at `tsOpen`, appending their bars to `closed`. */
export function closeBefore(
  slots: Float64Array,
  sessions: SessionCursor,
  timeframe: Timeframe,
  tsOpen: number,
  closed: ClosedBar[],
): void {
  for (let at = TIMEFRAMES.indexOf(timeframe); at < TIMEFRAMES.length; at += 1) {
    if (bucketClose(slots, at) <= tsOpen) close(slots, sessions, at, closed)
  }
}

/** Closes the buckets whose close is before `limitMs` (a clock marker's time less the grace), appending their bars to `closed`. */
export function closeOver(slots: Float64Array, sessions: SessionCursor, limitMs: number, closed: ClosedBar[]): void {
  for (let at = 0; at < TIMEFRAMES.length; at += 1) {
    if (bucketClose(slots, at) < limitMs) close(slots, sessions, at, closed)
  }
}

/** Takes an arriving bar that is `next`, appending it and the bars of the buckets that it closes to `closed`. */
export function takeBar(slots: Float64Array, sessions: SessionCursor, bar: ClosedBar, closed: ClosedBar[]): void {
  const at = TIMEFRAMES.indexOf(bar.timeframe)
  if (bucketOpens(slots, at) < bar.ts) takeBucket(slots, at, bar.timeframe)
  finish(slots, sessions, at, bar, true, closed)
}

function close(slots: Float64Array, sessions: SessionCursor, at: number, closed: ClosedBar[]): void {
  const bar = takeBucket(slots, at, TIMEFRAMES[at] ?? '1w')
  if (bar !== undefined) finish(slots, sessions, at, bar, false, closed)
}

function finish(
  slots: Float64Array,
  sessions: SessionCursor,
  at: number,
  bar: ClosedBar,
  isReadyMade: boolean,
  closed: ClosedBar[],
): void {
  const hasEarlier = !Number.isNaN(newestTs(slots, at))
  putNewest(slots, at, bar, isReadyMade)
  closed.push(bar)
  const next = at + 1
  const timeframe = TIMEFRAMES[next]
  if (timeframe === undefined) return
  if (bucketClose(slots, next) <= bar.ts_open) close(slots, sessions, next, closed)
  if (Number.isNaN(bucketClose(slots, next))) open(slots, sessions, timeframe, bar, hasEarlier)
  else if (!Number.isNaN(sessions.momentOf(bar.ts_open, bar.ts))) addToBucket(slots, next, bar)
  if (bucketClose(slots, next) <= bar.ts && !isNewestReadyMade(slots, next)) close(slots, sessions, next, closed)
}

function open(
  slots: Float64Array,
  sessions: SessionCursor,
  timeframe: Timeframe,
  bar: ClosedBar,
  hasEarlier: boolean,
): void {
  const at = TIMEFRAMES.indexOf(timeframe)
  const moment = sessions.momentOf(bar.ts_open, bar.ts)
  const bucket = Number.isNaN(moment) ? undefined : sessions.bucketAt(timeframe, moment)
  if (bucket === undefined || bucket.openMs < newestTs(slots, at)) return
  const isPartial = !hasEarlier && bar.ts_open > bucket.openMs
  openBucket(slots, at, { ...bar, timeframe, ts_open: bucket.openMs, ts: bucket.closeMs }, isPartial)
}
