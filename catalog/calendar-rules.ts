import { z } from 'zod'
import { type Day, dayLabel, firstDayOfYear, parseDay, weekdayOf } from './calendar-day.ts'
import { isTimeZone } from './calendar-zone.ts'
import { CatalogError } from './catalog-error.ts'

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/**
 * A session calendar as its file states it. Minutes count from midnight, wall time in `timezone`, of the day whose label the
 * session bears; `openMinutes` is negative where a session opens on the evening before (FX).
 */
export type Calendar = {
  readonly id: string
  readonly name: string
  readonly timezone: string
  readonly firstDay: Day
  readonly lastDay: Day
  /** Whether a weekday (0 Monday … 6 Sunday) has a session. */
  readonly tradesOn: readonly boolean[]
  readonly openMinutes: number
  readonly closeMinutes: number
  readonly closures: ReadonlySet<Day>
  readonly earlyCloses: ReadonlyMap<Day, number>
  readonly lateOpens: ReadonlyMap<Day, number>
  readonly file: string
}

const day = z.string().transform((label, context): Day => {
  const parsed = parseDay(label)
  if (parsed !== undefined) return parsed
  context.addIssue({ code: 'custom', message: `${JSON.stringify(label)} is not a date YYYY-MM-DD` })
  return z.NEVER
})

const minutes = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'not a wall time HH:MM')
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)))

const weekdays = z.string().transform((text, context) => {
  const named = text.split(' ')
  if (named.every((name) => WEEKDAYS.includes(name))) return WEEKDAYS.map((name) => named.includes(name))
  context.addIssue({ code: 'custom', message: `weekdays are named ${WEEKDAYS.join(' ')}` })
  return z.NEVER
})

const calendarFile = z.strictObject({
  id: z.string().regex(/^[A-Z][A-Z0-9]*$/, 'an id is written in capitals'),
  name: z.string().min(1),
  sources: z.string().min(1),
  timezone: z.string().refine(isTimeZone, 'unknown time zone'),
  valid_from: day,
  valid_to: day,
  weekdays,
  open: minutes,
  open_day_offset: z.union([z.literal(0), z.literal(-1)]),
  close: minutes,
  closures: z.record(z.string(), z.string().min(1)),
  early_closes: z.record(z.string(), minutes),
  late_opens: z.record(z.string(), minutes),
})

/**
 * Parses and checks the text of a calendar file; `file` is only named in errors.
 * Throws {@link CatalogError}: not JSON, a missing or unknown field, a value that its field does not allow, an exception day
 * that would have no session anyway.
 */
export function parseCalendar(json: string, file: string): Calendar {
  const parsed = calendarFile.safeParse(parseJson(json, file))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const column = issue?.path.join('.') || undefined
    throw new CatalogError('CATALOG_CELL', { file, column }, issue?.message ?? 'malformed', parsed.error)
  }
  const stated = parsed.data
  const calendar: Calendar = {
    id: stated.id,
    name: stated.name,
    timezone: stated.timezone,
    firstDay: stated.valid_from,
    lastDay: stated.valid_to,
    tradesOn: stated.weekdays,
    openMinutes: stated.open + stated.open_day_offset * 1440,
    closeMinutes: stated.close,
    closures: new Set(exceptionDays(stated.closures, file, 'closures').keys()),
    earlyCloses: exceptionDays(stated.early_closes, file, 'early_closes'),
    lateOpens: exceptionDays(stated.late_opens, file, 'late_opens'),
    file,
  }
  checkTimes(calendar)
  checkExceptions(calendar)
  return calendar
}

function parseJson(json: string, file: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new CatalogError('CATALOG_SYNTAX', { file }, (error as Error).message, error)
  }
}

function exceptionDays<Value>(byLabel: Record<string, Value>, file: string, column: string): ReadonlyMap<Day, Value> {
  const entries = Object.entries(byLabel).map(([label, value]): [Day, Value] => {
    const parsed = parseDay(label)
    if (parsed !== undefined) return [parsed, value]
    throw new CatalogError('CATALOG_CELL', { file, column: `${column}.${label}` }, 'not a date YYYY-MM-DD')
  })
  return new Map(entries)
}

function checkTimes({ file, firstDay, lastDay, openMinutes, closeMinutes }: Calendar): void {
  const fail = (column: string, problem: string) => {
    throw new CatalogError('CATALOG_CELL', { file, column }, problem)
  }
  if (firstDay > lastDay) fail('valid_to', 'the range ends before it begins')
  // Lookups go by UTC year; four-digit years keep labels sortable as text.
  if (firstDay < firstDayOfYear(1900) || lastDay >= firstDayOfYear(2200))
    fail('valid_from', 'the range leaves 1900-2199')
  if (openMinutes >= closeMinutes) fail('close', 'the session closes before it opens')
  if (closeMinutes - openMinutes > 1440) fail('close', 'the session is longer than a day and overlaps the next')
}

function checkExceptions(calendar: Calendar): void {
  const { file, closures, earlyCloses, lateOpens, openMinutes, closeMinutes } = calendar
  const fail = (column: string, exception: Day, problem: string) => {
    throw new CatalogError('CATALOG_CELL', { file, column: `${column}.${dayLabel(exception)}` }, problem)
  }
  const exceptions = { closures, early_closes: earlyCloses.keys(), late_opens: lateOpens.keys() }
  for (const [column, days] of Object.entries(exceptions)) {
    for (const exception of days) {
      if (exception < calendar.firstDay || exception > calendar.lastDay)
        fail(column, exception, 'outside the valid range')
      if (!calendar.tradesOn[weekdayOf(exception)]) fail(column, exception, 'no session on this weekday anyway')
      if (column !== 'closures' && closures.has(exception)) fail(column, exception, 'closed all day')
    }
  }
  for (const [exception, close] of earlyCloses) {
    const open = lateOpens.get(exception) ?? openMinutes
    if (close <= open || close >= closeMinutes)
      fail('early_closes', exception, 'not between the open and the usual close')
  }
  for (const [exception, open] of lateOpens) {
    if (open <= openMinutes || open >= closeMinutes)
      fail('late_opens', exception, 'not between the usual open and the close')
  }
}
