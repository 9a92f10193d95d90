/** A calendar day without a clock, as the number of days since 1970-01-01: the arithmetic form of a date label. */
export type Day = number

export const DAY_MS = 86_400_000

const MONDAY_OFFSET = 3 // 1970-01-01 was a Thursday

/** Day of a label `YYYY-MM-DD`, or undefined when `label` is no such date (`2001-02-29`, `2001-1-1`). */
export function parseDay(label: string): Day | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(label)) return undefined
  const ms = Date.parse(`${label}T00:00:00Z`)
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== label ? undefined : ms / DAY_MS
}

/** Label `YYYY-MM-DD` of a day. */
export function dayLabel(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** ISO weekday counted from zero: 0 Monday … 6 Sunday. */
export function weekdayOf(day: Day): number {
  return (((day + MONDAY_OFFSET) % 7) + 7) % 7
}

/** First day of a year. */
export function firstDayOfYear(year: number): Day {
  return Date.UTC(year, 0, 1) / DAY_MS
}

/** Year of a UTC instant. */
export function utcYearOf(ms: number): number {
  return new Date(ms).getUTCFullYear()
}
