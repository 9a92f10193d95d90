import { type Calendar, loadCalendars } from '../../../catalog/calendar.ts'
import { INTRADAY_DURATION_MS, type IntradayTimeframe } from '../../../catalog/timeframe.ts'
import {
  type ClosedBar,
  closeBefore,
  closeOver,
  createSessionCursor,
  createTimeframeSlots,
  placeOf,
  takeBar,
} from '../../../processors/timeframes/timeframes.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

const calendars = loadCalendars()

/** A calendar of the catalog. */
export function calendarNamed(id: string): Calendar {
  const calendar = calendars.get(id)
  if (calendar === undefined) throw new Error(`no calendar ${id}`)
  return calendar
}

/** A bar of a round length opening at a time as `2024-07-03T13:30Z`; prices and volume as given. */
export function intraday(
  timeframe: IntradayTimeframe,
  open: string | number,
  cells: Partial<ClosedBar> = {},
): ClosedBar {
  const tsOpen = typeof open === 'number' ? open : Date.parse(open)
  const prices = { open: 10, high: 12, low: 9, close: 11, volume: 100 }
  return { timeframe, ts_open: tsOpen, ts: tsOpen + INTRADAY_DURATION_MS[timeframe], ...prices, ...cells }
}

/** What one symbol's bars become. */
export function aggregation(calendarId: string, graceMs = MINUTE) {
  const slots = createTimeframeSlots()
  const sessions = createSessionCursor(calendarNamed(calendarId))
  const take = (bar: ClosedBar): ClosedBar[] | string => {
    const closed: ClosedBar[] = []
    const place = placeOf(slots, bar)
    if (place !== 'next') return place
    closeBefore(slots, sessions, bar.timeframe, bar.ts_open, closed)
    takeBar(slots, sessions, bar, closed)
    return closed
  }
  return {
    slots,
    /** Takes a bar; gives the bars closed by it, or its place if it is not the next one. */
    bar: take,
    /** Takes bars and gives all that is closed by them; throws on one that is not the next. */
    bars: (bars: readonly ClosedBar[]): ClosedBar[] =>
      bars.flatMap((bar) => {
        const closed = take(bar)
        if (typeof closed === 'string') throw new Error(`${bar.timeframe} bar closing at ${bar.ts} is a ${closed}`)
        return closed
      }),
    /** Takes a clock marker. */
    marker(ts: number): ClosedBar[] {
      const closed: ClosedBar[] = []
      closeOver(slots, sessions, ts - graceMs, closed)
      return closed
    },
  }
}

/** Timeframe and close of each bar, the close as `2024-07-03T17:00Z`. */
export function ends(closed: readonly ClosedBar[] | string): string[] {
  if (typeof closed === 'string') return [closed]
  return closed.map(({ timeframe, ts }) => `${timeframe} ${new Date(ts).toISOString().replace(':00.000Z', 'Z')}`)
}
