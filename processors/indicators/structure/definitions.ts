import type { IndicatorDefinition } from '../definition.ts'
import { priceLocation, rangeHigh, rangeLow } from './price-range.ts'
import { swingHigh, swingLow } from './swing.ts'

/** Swings and ranges. */
export const structureDefinitions: readonly IndicatorDefinition[] = [
  priceLocation,
  rangeHigh,
  rangeLow,
  swingHigh,
  swingLow,
]
