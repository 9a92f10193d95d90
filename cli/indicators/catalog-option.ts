import { join } from 'node:path'
import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import { loadCatalog, loadCompositeCatalog, loadIndicatorCatalog } from '../../catalog/indicators.ts'

/**
 * The indicator catalog of a folder with `indicators_catalog_L1.csv` and `indicators_catalog_L2L3.csv`; without one, that of the
 * installation. Throws CatalogError naming file and place, and what the file system throws.
 */
export function catalogOf(folder: string | undefined): readonly IndicatorRow[] {
  if (folder === undefined) return loadCatalog()
  return [
    ...loadIndicatorCatalog(join(folder, 'indicators_catalog_L1.csv')),
    ...loadCompositeCatalog(join(folder, 'indicators_catalog_L2L3.csv')),
  ]
}
