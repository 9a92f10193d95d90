import { candleBody, closePosition, lowerWick, upperWick } from './candle.ts'
import type { IndicatorDefinition } from './definition.ts'
import { trailingDrawdown } from './drawdown.ts'
import { exponentialPriceAverage } from './exponential-average.ts'
import { macd } from './macd.ts'
import { simpleAverage, volumeAverage } from './moving-average.ts'
import { priceLocation, rangeHigh, rangeLow } from './price-range.ts'
import { momentum, rateOfChange } from './rate-of-change.ts'
import { realizedVolatility } from './realized-vol.ts'
import { relativeStrength } from './rsi.ts'
import { stochasticD, stochasticK } from './stochastic.ts'
import { averageTrueRange, trueRange } from './true-range.ts'
import { onBalanceVolume, volume } from './volume.ts'

/** Every indicator that Barline can compute. A catalog row whose id is not here refuses to start. */
export const INDICATOR_DEFINITIONS: readonly IndicatorDefinition[] = [
  simpleAverage,
  exponentialPriceAverage,
  macd,
  relativeStrength,
  rateOfChange,
  momentum,
  stochasticK,
  stochasticD,
  trueRange,
  averageTrueRange,
  realizedVolatility,
  volume,
  volumeAverage,
  onBalanceVolume,
  priceLocation,
  rangeHigh,
  rangeLow,
  candleBody,
  upperWick,
  lowerWick,
  closePosition,
  trailingDrawdown,
]
