import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import { loadCatalog } from '../../../catalog/indicators.ts'
import { createIndicatorEngine, indicatorDependencies } from '../../../processors/indicators/engine.ts'
import { INDICATOR_DEFINITIONS } from '../../../processors/indicators/registry.ts'

/** Every row of the catalog. */
export const catalogRows: readonly IndicatorRow[] = loadCatalog()

const computed = new Set(INDICATOR_DEFINITIONS.flatMap(({ ids }) => ids))

/** The rows that an engine computes, from one symbol's own records and what surrounds them. */
export const engineRows = catalogRows.filter(({ id }) => computed.has(id))

/** An engine of all of {@link engineRows}. */
export const wholeEngine = createIndicatorEngine(engineRows)

/** Some rows and all they are computed from, in catalog order. */
export function withDependencies(ids: readonly string[]): readonly IndicatorRow[] {
  const needed = new Set(ids)
  for (const id of needed) {
    const row = engineRows.find((candidate) => candidate.id === id)
    if (row === undefined) throw new Error(`no row ${id}`)
    for (const dependency of indicatorDependencies(row)) needed.add(dependency)
  }
  return engineRows.filter(({ id }) => needed.has(id))
}
