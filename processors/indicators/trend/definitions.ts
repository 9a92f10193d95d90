import type { IndicatorDefinition } from '../definition.ts'
import { aroon } from './aroon.ts'
import { choppiness } from './choppiness.ts'
import { averageDirectionalIndex, directionalIndicators } from './directional-movement.ts'
import { adaptiveAverage, efficiencyRatio } from './efficiency-ratio.ts'
import { exponentialPriceAverage } from './exponential-average.ts'
import { ichimoku } from './ichimoku.ts'
import { macd } from './macd.ts'
import { simpleAverage } from './moving-average.ts'
import { doubleExponentialAverage, tillsonAverage, tripleExponentialAverage } from './multiple-exponential-average.ts'
import { parabolicStop } from './parabolic-sar.ts'
import { closePercentRank } from './percent-rank.ts'
import { percentagePriceOscillator } from './percentage-price-oscillator.ts'
import { supertrend } from './supertrend.ts'
import { trendRegression } from './trend-regression.ts'
import { trix } from './trix.ts'
import { volumeWeightedAverage } from './volume-weighted-average.ts'
import { vortex } from './vortex.ts'
import { hullAverage, weightedAverage } from './weighted-average.ts'
import { closeZScore } from './z-score.ts'

/** Moving averages, oscillators of trend and what else says where the price stands. */
export const trendDefinitions: readonly IndicatorDefinition[] = [
  adaptiveAverage,
  aroon,
  averageDirectionalIndex,
  choppiness,
  closePercentRank,
  closeZScore,
  directionalIndicators,
  doubleExponentialAverage,
  efficiencyRatio,
  exponentialPriceAverage,
  hullAverage,
  ichimoku,
  macd,
  parabolicStop,
  percentagePriceOscillator,
  simpleAverage,
  supertrend,
  tillsonAverage,
  trendRegression,
  tripleExponentialAverage,
  trix,
  volumeWeightedAverage,
  vortex,
  weightedAverage,
]
