import { type Calendar, closesBetween, knownRange } from '../../catalog/calendar.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'

const MOST_REMEMBERED = 2_000

/** How many bars of a symbol closed after one time and by another; null where the calendar does not say. */
export type BarAge = (symbol: string, timeframe: Timeframe, ts: number, by: number) => number | null

/** Counts closes by the calendar of the symbol. The newest counts are remembered, since symbols of a market share them. */
export function createBarAge(calendarOf: (symbol: string) => Calendar): BarAge {
  const counts = new Map<string, number | null>()
  return (symbol, timeframe, ts, by) => {
    if (by <= ts) return 0
    const calendar = calendarOf(symbol)
    const key = `${calendar.id} ${timeframe} ${ts} ${by}`
    const known = counts.get(key)
    if (known !== undefined) return known
    if (counts.size >= MOST_REMEMBERED) counts.clear()
    const { firstMs, lastMs } = knownRange(calendar, timeframe)
    const isKnown = ts >= firstMs && by <= lastMs
    const count = isKnown ? closesBetween(calendar, timeframe, ts, by).length : null
    counts.set(key, count)
    return count
  }
}
