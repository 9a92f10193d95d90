import { type Bucket, bucketOf, type Calendar, knownRange } from '../../catalog/calendar.ts'
import { type Day, weekdayOf } from '../../catalog/calendar-day.ts'
import { firstSessionClosingAfter, type Session } from '../../catalog/calendar-sessions.ts'
import { INTRADAY_DURATION_MS, type Timeframe } from '../../catalog/timeframe.ts'
import type { SessionPlace } from '../indicators/bar.ts'

/**
 * Finds sessions and buckets of one calendar for bars that come mostly in order of time: it remembers the last answer, which is
 * a cache and no state. All times are UTC epoch milliseconds.
 *
 * A bar belongs to the session that holds its open; one that opens outside of any and ends within one (bars cut on the clock hour,
 * a day labelled with midnight) to the first session that it reaches. Its `moment` is the first instant that the two share.
 */
export interface SessionCursor {
  /** Whether the calendar answers for all of a bar from `tsOpen` to `ts`. */
  knows(tsOpen: number, ts: number): boolean
  /** The bar's first instant within a session; NaN when it reaches none. The calendar must know the bar. */
  momentOf(tsOpen: number, ts: number): number
  /** The bucket that holds an instant of a session; undefined for a week that the calendar does not know whole. */
  bucketAt(timeframe: Timeframe, moment: number): Bucket | undefined
  /** Writes where a bar stands in its session; NaN throughout when it reaches none. The calendar must know the bar. */
  place(timeframe: Timeframe, tsOpen: number, ts: number, into: SessionPlace): void
}

/** A cursor that has looked at nothing. */
export function createSessionCursor(calendar: Calendar): SessionCursor {
  const { firstMs, lastMs } = knownRange(calendar, '1d')
  const weeks = knownRange(calendar, '1w')
  const ordinalOf = createOrdinals(calendar)
  let session: Session | undefined
  // The session is the first that closes after any instant from here to its close.
  let sessionFrom = 0
  let ordinal = 0
  let week: Bucket = { openMs: 0, closeMs: 0 }

  const sessionClosingAfter = (ms: number): Session | undefined => {
    if (session !== undefined && ms >= sessionFrom && ms < session.closeMs) return session
    session = firstSessionClosingAfter(calendar, ms)
    if (session === undefined) return undefined
    sessionFrom = Math.min(ms, session.openMs)
    ordinal = ordinalOf(session.day)
    return session
  }

  const momentOf = (tsOpen: number, ts: number): number => {
    const found = sessionClosingAfter(tsOpen)
    if (found === undefined || found.openMs >= ts) return Number.NaN
    return Math.max(tsOpen, found.openMs)
  }

  const weekAt = (moment: number): Bucket | undefined => {
    if (moment >= week.openMs && moment < week.closeMs) return week
    if (moment < weeks.firstMs || moment >= weeks.lastMs) return undefined
    const found = bucketOf(calendar, '1w', moment)
    if (found !== undefined) week = found
    return found
  }

  return {
    knows: (tsOpen, ts) => tsOpen >= firstMs && ts <= lastMs,
    momentOf,
    bucketAt(timeframe, moment) {
      if (timeframe === '1w') return weekAt(moment)
      const found = sessionClosingAfter(moment)
      if (found === undefined || found.openMs > moment) return undefined
      const { openMs, closeMs } = found
      if (timeframe === '1d') return { openMs, closeMs }
      const durationMs = INTRADAY_DURATION_MS[timeframe]
      const start = moment - ((moment - openMs) % durationMs)
      return { openMs: start, closeMs: Math.min(start + durationMs, closeMs) }
    },
    place(timeframe, tsOpen, ts, into) {
      const found = sessionClosingAfter(tsOpen)
      const isInside = found !== undefined && found.openMs < ts
      into.ordinal = isInside ? ordinal : Number.NaN
      into.openMs = isInside ? found.openMs : Number.NaN
      into.closeMs = isInside ? found.closeMs : Number.NaN
      into.dayOfWeek = isInside ? weekdayOf(found.day) : Number.NaN
      into.bar = isInside ? barOf(timeframe, ts - found.openMs) : Number.NaN
    },
  }
}

/** The place of a bar that closes so long after the open. By the close: of bars on the clock hour the first one opens before the session. */
function barOf(timeframe: Timeframe, closesAfterMs: number): number {
  if (timeframe === '1d' || timeframe === '1w') return 0
  return Math.ceil(closesAfterMs / INTRADAY_DURATION_MS[timeframe]) - 1
}

/** Numbers the sessions of a calendar from its first day; counts on from the last day it was asked for. */
function createOrdinals({ firstDay, tradesOn, closures }: Calendar): (day: Day) => number {
  let known = firstDay
  let ordinal = 0
  const isSession = (day: Day): boolean => tradesOn[weekdayOf(day)] === true && !closures.has(day)
  return (day) => {
    for (; known < day; known += 1) if (isSession(known)) ordinal += 1
    for (; known > day; known -= 1) if (isSession(known - 1)) ordinal -= 1
    return ordinal
  }
}
