import { dateLabel, parseInstant } from '../load/parse-cells.ts'

/** A time, or a date, which stands for its 00:00 UTC, as epoch milliseconds. Throws RangeError naming the option. */
export function parseTime(text: string, option: string): number {
  const label = dateLabel(text)
  try {
    return parseInstant(label === undefined ? text : `${label}T00:00:00Z`, option)
  } catch (error) {
    throw new RangeError(error instanceof Error ? `${error.message} or a date such as 2013-03-01` : String(error))
  }
}
