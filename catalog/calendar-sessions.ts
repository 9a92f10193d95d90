import { DAY_MS, type Day, dayLabel, firstDayOfYear, utcYearOf, weekdayOf } from './calendar-day.ts'
import type { Calendar } from './calendar-rules.ts'
import { wallTimeMs } from './calendar-zone.ts'

/** One trading session: its date label and its UTC span; the open belongs to it, the close to what follows. */
export type Session = {
  readonly label: string
  readonly day: Day
  readonly openMs: number
  readonly closeMs: number
}

type YearOfSessions = { readonly inOrder: readonly Session[]; readonly byDay: ReadonlyMap<Day, Session> }

// Time zone arithmetic costs microseconds per session, so a year is computed once, when it is first asked for.
const yearsOf = new WeakMap<Calendar, Map<number, YearOfSessions>>()

/** The session whose label is `day`, or undefined on a day without one. `day` must lie in the calendar's range. */
export function sessionOnDay(calendar: Calendar, day: Day): Session | undefined {
  return sessionsOfYear(calendar, utcYearOf(day * DAY_MS)).byDay.get(day)
}

/** The first session that closes after `ms`, or undefined when the calendar knows none. */
export function firstSessionClosingAfter(calendar: Calendar, ms: number): Session | undefined {
  // A label's year differs from the UTC year of its close by one at most.
  for (let year = utcYearOf(ms) - 1, last = year + 2; year <= last; year++) {
    const { inOrder } = sessionsOfYear(calendar, year)
    const newest = inOrder.at(-1)
    if (newest === undefined || newest.closeMs <= ms) continue
    return inOrder[firstClosingAfter(inOrder, ms)]
  }
  return undefined
}

/** The sessions that close after `fromMs`, in order, up to the first one that closes at `toMs` or later, included. */
export function* sessionsFrom(calendar: Calendar, fromMs: number, toMs: number): Generator<Session> {
  for (let year = utcYearOf(fromMs) - 1, last = utcYearOf(toMs) + 1; year <= last; year++) {
    const { inOrder } = sessionsOfYear(calendar, year)
    for (let index = firstClosingAfter(inOrder, fromMs); index < inOrder.length; index++) {
      const session = inOrder[index]
      if (session === undefined) return
      yield session
      if (session.closeMs >= toMs) return
    }
  }
}

function sessionsOfYear(calendar: Calendar, year: number): YearOfSessions {
  let years = yearsOf.get(calendar)
  if (years === undefined) {
    years = new Map()
    yearsOf.set(calendar, years)
  }
  let sessions = years.get(year)
  if (sessions === undefined) {
    sessions = computeYear(calendar, year)
    years.set(year, sessions)
  }
  return sessions
}

function computeYear(calendar: Calendar, year: number): YearOfSessions {
  const inOrder: Session[] = []
  const last = Math.min(firstDayOfYear(year + 1) - 1, calendar.lastDay)
  for (let day = Math.max(firstDayOfYear(year), calendar.firstDay); day <= last; day++) {
    if (!calendar.tradesOn[weekdayOf(day)] || calendar.closures.has(day)) continue
    const open = calendar.lateOpens.get(day) ?? calendar.openMinutes
    const close = calendar.earlyCloses.get(day) ?? calendar.closeMinutes
    inOrder.push({
      label: dayLabel(day),
      day,
      openMs: wallTimeMs(calendar.timezone, day, open),
      closeMs: wallTimeMs(calendar.timezone, day, close),
    })
  }
  return { inOrder, byDay: new Map(inOrder.map((session) => [session.day, session])) }
}

/** Index of the first session that closes after `ms`; the length when none does. */
function firstClosingAfter(sessions: readonly Session[], ms: number): number {
  let low = 0
  let high = sessions.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sessions[middle]?.closeMs ?? Number.POSITIVE_INFINITY) > ms) high = middle
    else low = middle + 1
  }
  return low
}
