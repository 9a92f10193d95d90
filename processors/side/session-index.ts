import type { Calendar } from '../../catalog/calendar.ts'
import { weekdayOf } from '../../catalog/calendar-day.ts'
import { firstSessionClosingAfter, type Session, sessionOnDay } from '../../catalog/calendar-sessions.ts'

/** Where a bar stands among the sessions of a calendar. What lies before `previousCloseMs` belongs to an earlier session. */
export type BarSession = {
  readonly ordinal: number
  readonly openMs: number
  readonly previousCloseMs: number
  /** The open of the session after; a bar that closes later belongs to that one. */
  readonly nextOpenMs: number
}

/** Counts the sessions of one calendar, so that distances in sessions are differences. */
export interface SessionIndex {
  /** The session of a bar that closes at `tsMs`: the newest that opened before. Undefined outside the calendar's range. */
  ofBar(tsMs: number): BarSession | undefined
  /**
   * Ordinal of the session that an instant belongs to; what happens at or after a close belongs to the next session.
   * NaN outside the calendar's range.
   */
  ofInstant(ms: number): number
}

/** How many instants are remembered: the scheduled events of a few symbols. */
const MEMORY = 4096

/** Builds the index; time zone arithmetic is done for the years that are asked for only. */
export function createSessionIndex(calendar: Calendar): SessionIndex {
  const ordinals = countSessions(calendar)
  const instants = new Map<number, number>()
  // Two, because a bar is often compared with one time of the past.
  let recent: BarSession | undefined
  let other: BarSession | undefined

  const ordinalOf = ({ day }: Session): number => ordinals[day - calendar.firstDay] ?? Number.NaN

  const neighbour = (from: Session, step: 1 | -1): Session | undefined => {
    for (let day = from.day + step; day >= calendar.firstDay && day <= calendar.lastDay; day += step) {
      const session = sessionOnDay(calendar, day)
      if (session !== undefined) return session
    }
    return undefined
  }

  const find = (tsMs: number): BarSession | undefined => {
    const closing = firstSessionClosingAfter(calendar, tsMs - 1)
    if (closing === undefined) return undefined
    const session = closing.openMs < tsMs ? closing : neighbour(closing, -1)
    if (session === undefined) return undefined
    return {
      ordinal: ordinalOf(session),
      openMs: session.openMs,
      previousCloseMs: neighbour(session, -1)?.closeMs ?? Number.NEGATIVE_INFINITY,
      nextOpenMs: neighbour(session, 1)?.openMs ?? Number.POSITIVE_INFINITY,
    }
  }

  return {
    ofBar(tsMs) {
      if (recent !== undefined && contains(recent, tsMs)) return recent
      const found = other !== undefined && contains(other, tsMs) ? other : find(tsMs)
      other = recent
      recent = found
      return found
    },
    ofInstant(ms) {
      const known = instants.get(ms)
      if (known !== undefined) return known
      const session = firstSessionClosingAfter(calendar, ms)
      const ordinal = session === undefined ? Number.NaN : ordinalOf(session)
      if (instants.size >= MEMORY) instants.clear()
      instants.set(ms, ordinal)
      return ordinal
    },
  }
}

function contains({ openMs, nextOpenMs }: BarSession, tsMs: number): boolean {
  return openMs < tsMs && tsMs <= nextOpenMs
}

/** How many sessions there are up to each day of the calendar, that day included. */
function countSessions({ firstDay, lastDay, tradesOn, closures }: Calendar): Int32Array {
  const counts = new Int32Array(Math.max(0, lastDay - firstDay + 1))
  let count = 0
  for (let day = firstDay; day <= lastDay; day += 1) {
    if (tradesOn[weekdayOf(day)] && !closures.has(day)) count += 1
    counts[day - firstDay] = count
  }
  return counts
}
