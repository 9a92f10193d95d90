import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import { loadCatalog } from '../../../catalog/indicators.ts'
import type { Timeframe } from '../../../catalog/timeframe.ts'
import { createBarInput, type SessionPlace } from '../../../processors/indicators/bar.ts'
import {
  createIndicatorEngine,
  type IndicatorEngine,
  indicatorDependencies,
} from '../../../processors/indicators/engine.ts'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import type { Candle } from './candles.ts'

/** A bar with what surrounds it; what is not given is the bar of {@link QUIET_BAR}, no session, nothing from outside. */
export type SideBar = Partial<Candle> & {
  readonly timeframe?: Timeframe
  readonly tsClose?: number
  readonly session?: Partial<SessionPlace>
  readonly side?: Partial<Record<SideField, number>>
}

const QUIET_BAR: Candle = { open: 100, high: 101, low: 99, close: 100, volume: 1000 }

/** The whole indicator catalog. */
export const indicatorRows: readonly IndicatorRow[] = loadCatalog()

/** An engine of some rows and of what they are computed from. */
export function sideEngine(...ids: readonly string[]): IndicatorEngine {
  const needed = new Set(ids)
  for (const id of needed) {
    const row = indicatorRows.find((candidate) => candidate.id === id)
    if (row === undefined) throw new Error(`no row ${id}`)
    for (const dependency of indicatorDependencies(row)) needed.add(dependency)
  }
  return createIndicatorEngine(indicatorRows.filter(({ id }) => needed.has(id)))
}

/** Folds bars and returns, by public column name, one value a bar. */
export function foldSide(
  engine: IndicatorEngine,
  bars: readonly SideBar[],
  state: Float64Array = engine.createState(),
): Readonly<Record<string, readonly number[]>> {
  const columns: Record<string, number[]> = {}
  for (const { timeframe = '1d', tsClose = Number.NaN, session = {}, side = {}, ...candle } of bars) {
    const input = createBarInput(engine.sideFields.length)
    Object.assign(input, QUIET_BAR, candle, { timeframe, tsClose })
    Object.assign(input.session, session)
    for (const [index, field] of engine.sideFields.entries()) input.side[index] = side[field] ?? Number.NaN
    const out = new Float64Array(engine.columns.length).fill(-123456.75)
    engine.step(state, input, out)
    for (const [index, { name }] of engine.columns.entries()) {
      const values = columns[name] ?? []
      columns[name] = values
      values.push(out[index] ?? Number.NaN)
    }
  }
  return columns
}
