import { CatalogError } from '../../catalog/catalog-error.ts'
import type { FeatureRow } from '../../catalog/feature-row.ts'
import type { OutputUnit } from '../../catalog/indicator-row.ts'
import { DIMENSIONLESS, type Dimension, PRICE, VOLUME } from '../indicators/dimension.ts'

/** How an indicator output changes at a split. `usd` is price times shares, which a split leaves alone. */
export function dimensionOf(unit: OutputUnit): Dimension {
  if (unit === 'price') return PRICE
  return unit === 'shares' ? VOLUME : DIMENSIONLESS
}

/** Whether a split leaves a value of this dimension alone. */
export function isUnitFree({ pricePower, volumePower, additiveLogPart = 0 }: Dimension): boolean {
  return pricePower === volumePower && additiveLogPart === 0
}

/**
 * How a feature's own value changes at a split. Throws {@link CatalogError} for a transform of a price or share count whose
 * value no factor rescales.
 */
export function featureDimension({ transform, source, file, line }: FeatureRow): Dimension {
  const dimension = dimensionOf(source.unit)
  switch (transform.kind) {
    case 'identity':
    case 'clip':
    case 'min':
      return dimension
    case 'log':
      return { pricePower: 0, volumePower: 0, additiveLogPart: dimension.volumePower - dimension.pricePower }
    case 'log1p': {
      if (isUnitFree(dimension)) return DIMENSIONLESS
      const problem = `log1p of a value in ${source.unit} cannot be carried over a split`
      throw new CatalogError('CATALOG_CELL', { file, line, column: 'transform' }, problem)
    }
    default:
      return DIMENSIONLESS
  }
}
