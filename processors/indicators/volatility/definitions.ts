import type { IndicatorDefinition } from '../definition.ts'
import { bipowerVariation } from './bipower.ts'
import { bollingerBands, bollingerPosition } from './bollinger.ts'
import { downsideDeviation, ulcerIndex } from './downside.ts'
import { exponentialVolatility } from './ewma-vol.ts'
import { fractionalDifference } from './fractional-difference.ts'
import { keltnerChannel } from './keltner.ts'
import { permutationEntropy } from './permutation-entropy.ts'
import { rangeExpansion } from './range-expansion.ts'
import { garmanKlassVolatility, parkinsonVolatility, rogersSatchellVolatility } from './range-vol.ts'
import { realizedVolatility } from './realized-vol.ts'
import { excessKurtosis, skewness } from './return-shape.ts'
import { averageTrueRange, normalisedTrueRange, trueRange } from './true-range.ts'
import { volatilityOfVolatility } from './vol-of-vol.ts'
import { yangZhangVolatility } from './yang-zhang.ts'

/** Ranges, volatilities and the shape of the return distribution. */
export const volatilityDefinitions: readonly IndicatorDefinition[] = [
  averageTrueRange,
  bipowerVariation,
  bollingerBands,
  bollingerPosition,
  downsideDeviation,
  excessKurtosis,
  exponentialVolatility,
  fractionalDifference,
  garmanKlassVolatility,
  keltnerChannel,
  normalisedTrueRange,
  parkinsonVolatility,
  permutationEntropy,
  rangeExpansion,
  realizedVolatility,
  rogersSatchellVolatility,
  skewness,
  trueRange,
  ulcerIndex,
  volatilityOfVolatility,
  yangZhangVolatility,
]
