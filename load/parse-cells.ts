/** A cell that cannot be what its column says; `parseRow` turns it into the refusal of the line. */
export class CellError extends Error {}

/** The text of a column; throws {@link CellError} when it is empty or absent. */
export function requiredText(cells: Readonly<Record<string, string>>, column: string): string {
  const text = cells[column]
  if (text === undefined || text === '') throw new CellError(`${column} is empty`)
  return text
}

/** The text of the first of several columns that is given, and which it was; undefined when none is. */
export function firstText(
  cells: Readonly<Record<string, string>>,
  columns: readonly string[],
): { readonly column: string; readonly text: string } | undefined {
  for (const column of columns) {
    const text = cells[column]
    if (text) return { column, text }
  }
  return undefined
}

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/** A number, or NaN where the cell says so (`nan`, `NaN`): whether that is acceptable is decided at ingest, not here. */
export function parseNumber(cells: Readonly<Record<string, string>>, column: string): number {
  const text = requiredText(cells, column)
  if (/^[+-]?(nan|inf|infinity)$/i.test(text))
    return /nan/i.test(text) ? Number.NaN : text.startsWith('-') ? -Infinity : Infinity
  if (!numberPattern.test(text)) throw new CellError(`${column} ${JSON.stringify(text)} is not a number`)
  return Number(text)
}

/** As {@link parseNumber}; null where the cell is empty or the column absent. */
export function parseOptionalNumber(cells: Readonly<Record<string, string>>, column: string): number | null {
  return cells[column] ? parseNumber(cells, column) : null
}

/** Whether a day exists: `Date.parse` takes 30 February for 2 March. */
function isDay(text: string): boolean {
  const midnight = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text)
}

/** An instant: ISO 8601 with `Z` or an offset. Throws {@link CellError} on anything else, a bare local time included. */
export function parseInstant(text: string, column: string): number {
  const isInstant = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/.test(text)
  const millis = isInstant && isDay(text.slice(0, 10)) ? Date.parse(text.replace(' ', 'T')) : Number.NaN
  if (Number.isNaN(millis)) {
    throw new CellError(`${column} ${JSON.stringify(text)} is not a UTC time such as 2013-03-01T14:30:00Z`)
  }
  return millis
}

/** The date of a label `2013-03-01` or `2013-03-01T00:00:00Z`; undefined for a time of day. */
export function dateLabel(text: string): string | undefined {
  return /^(\d{4}-\d{2}-\d{2})([T ]00:00(:00(\.0+)?)?(Z|\+00:?00)?)?$/.exec(text)?.[1]
}

/** A duration such as `0`, `30s`, `15m`, `2h`, `45d` in milliseconds. Throws RangeError. */
export function parseDuration(text: string): number {
  const match = /^(\d+)(ms|s|m|h|d|)$/.exec(text.trim())
  const amount = match?.[1]
  if (amount === undefined || (match?.[2] === '' && Number(amount) !== 0)) {
    throw new RangeError(`Duration ${JSON.stringify(text)}: expected a number with ms, s, m, h or d, for example 30s`)
  }
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] || 'ms'] ?? 1
  return Number(amount) * unit
}
