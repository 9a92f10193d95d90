import type { Calendar } from '../../catalog/calendar.ts'
import { didYouMean } from '../../catalog/nearest-names.ts'
import { CellError, firstText, parseInstant, parseOptionalNumber, requiredText } from '../../load/parse-cells.ts'
import { effectiveColumns } from '../../load/row-times.ts'
import { EVENT_TYPES } from '../../processors/ingest/raw-event.ts'
import type { TapeEvent } from '../../processors/ingest/tape-record.ts'
import { effectiveFrom } from './session-times.ts'

/** The columns that a file of events needs. */
export const EVENT_COLUMNS = ['symbol', 'event_type'] as const

/**
 * The event of a line, as `barline load` reads it: a date means the open of that session (where the calendar knows none, midnight in
 * UTC), and without `known_at_utc` it became known when it took effect. Throws {@link CellError}.
 */
export function parseEventLine(
  cells: Readonly<Record<string, string>>,
  line: number,
  calendarOf: (symbol: string) => Calendar,
): TapeEvent {
  const symbol = requiredText(cells, 'symbol')
  const type = requiredText(cells, 'event_type')
  if (!EVENT_TYPES.some((known) => known === type)) {
    throw new CellError(
      `event_type ${JSON.stringify(type)} is not one of ${EVENT_TYPES.join(', ')}${didYouMean(type, EVENT_TYPES)}`,
    )
  }
  const given = firstText(cells, effectiveColumns)
  if (given === undefined) throw new CellError(`none of ${effectiveColumns.join(', ')} is given`)
  const ts = effectiveFrom(given.text, given.column, calendarOf(symbol))
  const knownAt = cells.known_at_utc ? parseInstant(cells.known_at_utc, 'known_at_utc') : ts
  const value = parseOptionalNumber(cells, 'value')
  if (type === 'split' && !(value !== null && value > 0 && Number.isFinite(value) && value !== 1)) {
    throw new CellError(`a split needs new shares per old, above zero and not 1; it has ${value ?? 'none'}`)
  }
  return {
    symbol,
    event_type: type,
    ts,
    known_at: knownAt,
    raw_known_at: knownAt,
    value,
    detail: cells.detail || null,
    source_offset: line,
  }
}
