import type { IndicatorDefinition } from '../definition.ts'
import { candleBody, closePosition, lowerWick, upperWick } from './candle.ts'
import { openingGap, rangePercent } from './range-gap.ts'

/** Shapes of single bars. */
export const candleDefinitions: readonly IndicatorDefinition[] = [
  candleBody,
  closePosition,
  lowerWick,
  openingGap,
  rangePercent,
  upperWick,
]
