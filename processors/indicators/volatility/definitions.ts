import type { IndicatorDefinition } from '../definition.ts'
import { realizedVolatility } from './realized-vol.ts'
import { averageTrueRange, trueRange } from './true-range.ts'

/** Ranges, volatilities and the shape of the return distribution. */
export const volatilityDefinitions: readonly IndicatorDefinition[] = [realizedVolatility, averageTrueRange, trueRange]
