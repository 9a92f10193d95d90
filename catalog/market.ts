import { type BarrierGrid, createBarrierGrid, loadBarrierConfig } from './barrier-grid.ts'
import { type Calendar, loadCalendars } from './calendar.ts'
import { calendarOf, loadInstruments, reportsVolume } from './instruments.ts'

/** The calendars, instruments and barrier grid of the catalog, put together; the functions answer for a symbol. */
export type Market = {
  readonly grid: BarrierGrid
  readonly calendarOf: (symbol: string) => Calendar
  readonly reportsVolume: (symbol: string) => boolean
}

/** Reads them. Throws `CatalogError` naming file and place. */
export function loadMarket(): Market {
  const calendars = loadCalendars()
  const instruments = loadInstruments(calendars)
  const grid = createBarrierGrid(loadBarrierConfig(), calendars)
  return {
    grid,
    calendarOf: (symbol) => {
      const id = calendarOf(instruments, symbol)
      const calendar = calendars.get(id)
      if (!calendar) throw new RangeError(`No calendar ${id}`)
      return calendar
    },
    reportsVolume: (symbol) => reportsVolume(instruments, symbol),
  }
}
