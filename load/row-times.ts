import { type Calendar, sessionOf } from '../catalog/calendar.ts'
import { CellError, dateLabel, firstText, parseInstant } from './parse-cells.ts'

type Cells = Readonly<Record<string, string>>

/** Columns that say when something takes effect, or is as the line says; the first one given counts. */
export const effectiveColumns = ['effective_at_utc', 'effective_date', 'ts_utc', 'date'] as const

const dayMs = 86_400_000
const longestHolidayDays = 10

/** An instant, or for a date an end of the session of that date. Throws {@link CellError} when neither is given. */
export function effectiveAt(cells: Cells, calendar: Calendar, end: 'openMs' | 'closeMs'): number {
  const given = firstText(cells, effectiveColumns)
  if (!given) throw new CellError('none of effective_at_utc, effective_date, ts_utc and date is given')
  const label = dateLabel(given.text)
  if (label === undefined) return parseInstant(given.text, given.column)
  const session = sessionOf(calendar, label)
  if (!session) throw new CellError(`${label} is no session of the calendar ${calendar.id}`)
  return session[end]
}

/**
 * When the line says that it was known: `known_at_utc`, or for a `known_date` the open of the first session after that date, since
 * the hour is not said; undefined without either. Throws {@link CellError}.
 */
export function statedKnownAt(cells: Cells, calendar: Calendar): number | undefined {
  if (cells.known_at_utc) return parseInstant(cells.known_at_utc, 'known_at_utc')
  if (!cells.known_date) return undefined
  const midnight = dayStart(cells.known_date, 'known_date')
  for (let days = 1; days <= longestHolidayDays; days += 1) {
    const session = sessionOf(calendar, new Date(midnight + days * dayMs).toISOString().slice(0, 10))
    if (session) return session.openMs
  }
  throw new CellError(
    `The calendar ${calendar.id} has no session in ${longestHolidayDays} days after ${cells.known_date}`,
  )
}

/** An instant, or the start of a date in UTC. Throws {@link CellError}. */
export function instantOrDate(text: string, column: string): number {
  return dateLabel(text) === undefined ? parseInstant(text, column) : dayStart(text, column)
}

function dayStart(text: string, column: string): number {
  const label = dateLabel(text)
  if (label === undefined) throw new CellError(`${column} ${JSON.stringify(text)} is not a date such as 2013-03-01`)
  return parseInstant(`${label}T00:00:00Z`, column)
}
