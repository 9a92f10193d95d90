import { type Day, dayLabel, parseDay, weekdayOf } from './calendar-day.ts'
import type { Calendar } from './calendar-rules.ts'
import { firstSessionClosingAfter, type Session, sessionOnDay, sessionsFrom } from './calendar-sessions.ts'
import { wallTimeMs } from './calendar-zone.ts'
import { CatalogError } from './catalog-error.ts'
import { INTRADAY_DURATION_MS, type Timeframe } from './timeframe.ts'

export { loadCalendars } from './calendar-files.ts'
export { type Calendar, parseCalendar } from './calendar-rules.ts'
export type { Session } from './calendar-sessions.ts'

/** The span of a bar, UTC milliseconds: the open belongs to it, the close is its `ts_close` and opens what follows. */
export type Bucket = { readonly openMs: number; readonly closeMs: number }

/** Where a calendar's knowledge begins (included) and ends, UTC milliseconds. */
export type KnownRange = { readonly firstMs: number; readonly lastMs: number }

const MAX_DATE_MS = 8.64e15

// bucketOf runs once per bar, and a range needs time zone arithmetic.
const rangesOf = new WeakMap<Calendar, Map<Timeframe, KnownRange>>()

/**
 * The session that bears the date label `YYYY-MM-DD`, or undefined on a day without one.
 * Throws {@link CatalogError} `CALENDAR_RANGE` when the label is no date or lies outside the calendar's range.
 */
export function sessionOf(calendar: Calendar, label: string): Session | undefined {
  const day = parseDay(label)
  if (day === undefined) throw rangeError(calendar, `${JSON.stringify(label)} is not a date YYYY-MM-DD`)
  if (day < calendar.firstDay || day > calendar.lastDay) throw rangeError(calendar, `it does not know ${label}`)
  return sessionOnDay(calendar, day)
}

/**
 * The bucket that contains `tsMs`, or undefined when no session of the calendar does. A bucket contains its open and not its
 * close: pass a bar's `ts_open`. Intraday buckets count from the session's open, and the last one ends with the session; `1d` is
 * the session; `1w` runs from the first open to the last close of the ISO week.
 * Throws {@link CatalogError} `CALENDAR_RANGE` outside the range of {@link knownRange}.
 */
export function bucketOf(calendar: Calendar, timeframe: Timeframe, tsMs: number): Bucket | undefined {
  const { firstMs, lastMs } = knownRange(calendar, timeframe)
  if (!(tsMs >= firstMs && tsMs < lastMs)) throw notKnown(calendar, timeframe, tsMs)
  const session = firstSessionClosingAfter(calendar, tsMs)
  if (session === undefined || session.openMs > tsMs) return undefined
  if (timeframe === '1w') return weekOf(calendar, session.day)
  if (timeframe === '1d') return { openMs: session.openMs, closeMs: session.closeMs }
  const durationMs = INTRADAY_DURATION_MS[timeframe]
  const openMs = tsMs - ((tsMs - session.openMs) % durationMs)
  return { openMs, closeMs: Math.min(openMs + durationMs, session.closeMs) }
}

/**
 * The bucket closes t with fromExclusiveMs < t <= toInclusiveMs, ascending; buckets as in {@link bucketOf}.
 * Throws {@link CatalogError} `CALENDAR_RANGE` when either end lies outside the range of {@link knownRange}.
 */
export function closesBetween(
  calendar: Calendar,
  timeframe: Timeframe,
  fromExclusiveMs: number,
  toInclusiveMs: number,
): number[] {
  const { firstMs, lastMs } = knownRange(calendar, timeframe)
  for (const ms of [fromExclusiveMs, toInclusiveMs]) {
    if (!(ms >= firstMs && ms <= lastMs)) throw notKnown(calendar, timeframe, ms)
  }
  const closes: number[] = []
  for (const session of sessionsFrom(calendar, fromExclusiveMs, toInclusiveMs)) {
    for (const closeMs of closesOf(calendar, timeframe, session)) {
      if (closeMs > toInclusiveMs) return closes
      if (closeMs > fromExclusiveMs) closes.push(closeMs)
    }
  }
  return closes
}

/**
 * The instants for which the calendar answers: from the start of its first day (included) to the end of its last. For `1w`: of
 * the whole ISO weeks in there, because neither the open nor the close of a cut week is known.
 */
export function knownRange(calendar: Calendar, timeframe: Timeframe): KnownRange {
  let byTimeframe = rangesOf.get(calendar)
  if (byTimeframe === undefined) {
    byTimeframe = new Map()
    rangesOf.set(calendar, byTimeframe)
  }
  let range = byTimeframe.get(timeframe)
  if (range === undefined) {
    range = computeRange(calendar, timeframe)
    byTimeframe.set(timeframe, range)
  }
  return range
}

function computeRange(calendar: Calendar, timeframe: Timeframe): KnownRange {
  let { firstDay, lastDay } = calendar
  if (timeframe === '1w') {
    firstDay += (7 - weekdayOf(firstDay)) % 7
    lastDay -= (weekdayOf(lastDay) + 1) % 7
  }
  const dayStart = Math.min(0, calendar.openMinutes)
  return {
    firstMs: wallTimeMs(calendar.timezone, firstDay, dayStart),
    lastMs: wallTimeMs(calendar.timezone, lastDay + 1, dayStart),
  }
}

function* closesOf(calendar: Calendar, timeframe: Timeframe, session: Session): Generator<number> {
  if (timeframe === '1d') yield session.closeMs
  else if (timeframe === '1w') {
    const week = weekOf(calendar, session.day)
    if (week.closeMs === session.closeMs) yield week.closeMs
  } else {
    const durationMs = INTRADAY_DURATION_MS[timeframe]
    for (let closeMs = session.openMs + durationMs; closeMs < session.closeMs; closeMs += durationMs) yield closeMs
    yield session.closeMs
  }
}

/** First open and last close of the ISO week of `day`, as far as the calendar's range holds them. */
function weekOf(calendar: Calendar, day: Day): Bucket {
  const monday = day - weekdayOf(day)
  const sessions: Session[] = []
  for (let one = Math.max(monday, calendar.firstDay); one <= Math.min(monday + 6, calendar.lastDay); one++) {
    const session = sessionOnDay(calendar, one)
    if (session !== undefined) sessions.push(session)
  }
  const first = sessions.at(0)
  const last = sessions.at(-1)
  if (first === undefined || last === undefined)
    throw rangeError(calendar, `no session in the week of ${dayLabel(day)}`)
  return { openMs: first.openMs, closeMs: last.closeMs }
}

function notKnown(calendar: Calendar, timeframe: Timeframe, ms: number): CatalogError {
  const shown = Math.abs(ms) < MAX_DATE_MS ? new Date(ms).toISOString() : String(ms)
  return rangeError(calendar, `it does not know the ${timeframe} buckets of ${shown}`)
}

function rangeError({ id, file, firstDay, lastDay }: Calendar, problem: string): CatalogError {
  const range = `${dayLabel(firstDay)}..${dayLabel(lastDay)}`
  return new CatalogError('CALENDAR_RANGE', { file }, `calendar ${id} is valid ${range}: ${problem}`)
}
