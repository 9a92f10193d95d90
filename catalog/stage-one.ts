import type { IndicatorRow } from './indicator-row.ts'
import { loadCatalog } from './indicators.ts'
import { isCrossSectional } from './stage.ts'

/**
 * The rows of a catalog (default: the one in force) that the engine computes from a symbol's own records, in catalog order: all
 * but those that need other symbols, and those that depend, directly or not, on such a row.
 */
export function stageOneRows(rows: readonly IndicatorRow[] = loadCatalog()): readonly IndicatorRow[] {
  const later = new Set(rows.filter(isCrossSectional).map(({ id }) => id))
  for (let size = -1; size < later.size; ) {
    size = later.size
    for (const { id, dependencies } of rows) if (dependencies.some((one) => later.has(one))) later.add(id)
  }
  return rows.filter(({ id }) => !later.has(id))
}
