import { type BarrierGrid, createBarrierGrid, loadBarrierConfig } from './barrier-grid.ts'
import { loadCalendars } from './calendar.ts'
import { CatalogError } from './catalog-error.ts'
import type { IndicatorRow } from './indicator-row.ts'
import { loadCatalog } from './indicators.ts'
import { type Instruments, loadInstruments } from './instruments.ts'
import { isCrossSectional } from './stage.ts'
import type { Timeframe } from './timeframe.ts'

/** Whether a cross-sectional row has one value for all symbols of a timeframe; else it has one for each of them. */
export function isMarketWide({ scope }: Pick<IndicatorRow, 'scope'>): boolean {
  return scope === 'market' || scope === 'portfolio'
}

/** The cross-sectional rows by the record that carries them, in catalog order. */
export type CrossSectionRows = { readonly market: readonly IndicatorRow[]; readonly universe: readonly IndicatorRow[] }

/** Parts a catalog's cross-sectional rows; the rows of stage one are left out. */
export function crossSectionRows(rows: readonly IndicatorRow[]): CrossSectionRows {
  const cross = rows.filter(isCrossSectional)
  return { market: cross.filter(isMarketWide), universe: cross.filter((row) => !isMarketWide(row)) }
}

/** What the cross-section is made with, beside the number of partitions. */
export type CrossSectionCatalog = {
  /** All rows of the indicator catalog, those of stage one among them. */
  readonly catalog: readonly IndicatorRow[]
  readonly instruments: Instruments
  /** By timeframe, the first barrier time at or after a time; the union of those times is the barrier grid. */
  readonly closes: ReadonlyMap<Timeframe, (tsMs: number) => number | undefined>
}

/** Reads it from `catalog/`, for a catalog of indicators (default: the one in force). Throws `CatalogError` naming file and place. */
export function loadCrossSection(catalog: readonly IndicatorRow[] = loadCatalog()): CrossSectionCatalog {
  const calendars = loadCalendars()
  const config = loadBarrierConfig()
  const closes = config.timeframes.map((timeframe) => {
    const grid = createBarrierGrid({ ...config, timeframes: [timeframe] }, calendars)
    return [timeframe, (tsMs: number) => firstFrom(grid, tsMs)] as const
  })
  return { catalog, instruments: loadInstruments(calendars), closes: new Map(closes) }
}

/** The first grid time at or after a time; undefined where the calendars know of none. */
function firstFrom(grid: BarrierGrid, tsMs: number): number | undefined {
  try {
    return grid.oldestFrom(tsMs)
  } catch (error) {
    if (error instanceof CatalogError && error.code === 'CALENDAR_RANGE') return undefined
    throw error
  }
}
