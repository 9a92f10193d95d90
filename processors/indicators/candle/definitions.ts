import type { IndicatorDefinition } from '../definition.ts'
import { candleBody, closePosition, lowerWick, upperWick } from './candle.ts'

/** Shapes of single bars. */
export const candleDefinitions: readonly IndicatorDefinition[] = [candleBody, closePosition, lowerWick, upperWick]
