import { bucketOf, type Calendar, sessionOf } from '../../catalog/calendar.ts'
import { DAY_MS, firstDayOfYear } from '../../catalog/calendar-day.ts'
import { INTRADAY_DURATION_MS, type Timeframe } from '../../catalog/timeframe.ts'
import { CellError, dateLabel, parseInstant } from '../../load/parse-cells.ts'

const FIRST_YEAR = 1900
const LONGEST_BREAK_DAYS = 6

/** The span of a bar, UTC epoch milliseconds: the open belongs to it, the close does not. */
export type Span = { readonly tsOpen: number; readonly ts: number }

/**
 * The calendar with no session on the days before those it knows, back to 1900: bars of that time can be computed, and what
 * depends on sessions has no value for them.
 */
export function withoutEarlierSessions(calendar: Calendar): Calendar {
  const closures = new Set(calendar.closures)
  const firstDay = firstDayOfYear(FIRST_YEAR)
  for (let day = firstDay; day < calendar.firstDay; day += 1) closures.add(day)
  return { ...calendar, firstDay, closures }
}

/**
 * The span of a bar from its open as a file spells it. A date (also one at midnight UTC) of a 1d bar is the session of that date,
 * of a 1w bar the week of the first session from it on; where there is none, it is whole days in UTC. An intraday bar that opens on the
 * grid of its session ends with its bucket, another one after its full length. Throws {@link CellError}.
 */
export function spanOf(text: string, timeframe: Timeframe, calendar: Calendar): Span {
  const label = dateLabel(text)
  if (label !== undefined && timeframe === '1d') {
    const session = sessionOf(calendar, label)
    return session ? { tsOpen: session.openMs, ts: session.closeMs } : wholeDays(label, 1)
  }
  if (label !== undefined && timeframe === '1w') return weekFrom(label, calendar) ?? wholeDays(label, 7)
  const tsOpen = parseInstant(text, 'ts_open_utc')
  const bucket = bucketOf(calendar, timeframe, tsOpen)
  if (timeframe === '1d' || timeframe === '1w') {
    return { tsOpen, ts: bucket?.closeMs ?? tsOpen + (timeframe === '1d' ? 1 : 7) * DAY_MS }
  }
  return { tsOpen, ts: bucket?.openMs === tsOpen ? bucket.closeMs : tsOpen + INTRADAY_DURATION_MS[timeframe] }
}

/** The open of the session of a date, or its midnight in UTC where there is none. Throws {@link CellError}. */
export function effectiveFrom(text: string, column: string, calendar: Calendar): number {
  const label = dateLabel(text)
  if (label === undefined) return parseInstant(text, column)
  return sessionOf(calendar, label)?.openMs ?? midnight(label)
}

function weekFrom(label: string, calendar: Calendar): Span | undefined {
  for (let day = 0; day <= LONGEST_BREAK_DAYS; day += 1) {
    const session = sessionOf(calendar, new Date(midnight(label) + day * DAY_MS).toISOString().slice(0, 10))
    if (session === undefined) continue
    const week = bucketOf(calendar, '1w', session.openMs)
    return week && { tsOpen: week.openMs, ts: week.closeMs }
  }
  return undefined
}

function wholeDays(label: string, days: number): Span {
  const tsOpen = midnight(label)
  return { tsOpen, ts: tsOpen + days * DAY_MS }
}

function midnight(label: string): number {
  const ms = Date.parse(`${label}T00:00:00Z`)
  if (Number.isNaN(ms)) throw new CellError(`${JSON.stringify(label)} is not a date`)
  return ms
}
