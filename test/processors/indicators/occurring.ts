import { loadCatalog } from '../../../catalog/indicators.ts'
import { createIndicatorEngine, indicatorDependencies } from '../../../processors/indicators/engine.ts'
import { run } from './candles.ts'
import { readBars } from './shared-data.ts'

const DAYS = 'us-equity-adj_1d'

/** What {@link codesOnDays} reads. */
export const needsShared = [`data/bars/${DAYS}.csv.gz`]

/** Codes of a column, ascending: those that it took and those that its row declares. */
export type Codes = { readonly unit: string; readonly seen: readonly number[]; readonly declared: readonly number[] }

/** The codes by column that rows of the L2/L3 catalog take on the daily bars of a symbol. */
export function codesOnDays(ids: readonly string[], symbol: string): Map<string, Codes> {
  const catalog = loadCatalog()
  const needed = new Set(ids)
  for (const id of needed) {
    const row = catalog.find((candidate) => candidate.id === id)
    if (row !== undefined) for (const dependency of indicatorDependencies(row)) needed.add(dependency)
  }
  const rows = catalog.filter(({ id }) => needed.has(id))
  const engine = createIndicatorEngine(rows)
  const computed = run(engine, readBars(DAYS).get(`${symbol},1d`)?.bars ?? [])
  const codes = new Map<string, Codes>()
  engine.columns.forEach(({ name, indicatorId, output, unit }, index) => {
    if (!ids.includes(indicatorId)) return
    const seen = new Set(computed.map((values) => values[index] ?? Number.NaN).filter((value) => !Number.isNaN(value)))
    const row = rows.find(({ id }) => id === indicatorId)
    // The states that a multi-timeframe row repeats are those of its own.
    const space = row?.stateSpaces[output] ?? Object.values(row?.stateSpaces ?? {})[0] ?? {}
    const declared = Object.keys(space).map(Number)
    codes.set(name, { unit, seen: [...seen].toSorted(ascending), declared: declared.toSorted(ascending) })
  })
  return codes
}

function ascending(a: number, b: number): number {
  return a - b
}
