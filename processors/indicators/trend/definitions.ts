import type { IndicatorDefinition } from '../definition.ts'
import { exponentialPriceAverage } from './exponential-average.ts'
import { macd } from './macd.ts'
import { simpleAverage } from './moving-average.ts'

/** Moving averages, oscillators of trend and what else says where the price stands. */
export const trendDefinitions: readonly IndicatorDefinition[] = [exponentialPriceAverage, macd, simpleAverage]
