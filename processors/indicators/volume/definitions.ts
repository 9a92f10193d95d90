import type { IndicatorDefinition } from '../definition.ts'
import { volumeAverage } from '../trend/moving-average.ts'
import { accumulationLine, chaikinMoneyFlow, chaikinOscillator } from './accumulation.ts'
import { corwinSchultzSpread, rollSpread } from './implied-spread.ts'
import { amihudIlliquidity, kyleLambda } from './price-impact.ts'
import { quotedSpread } from './quoted-spread.ts'
import { relativeVolume, volumeZScore } from './relative-volume.ts'
import { sessionVwap, vwapDeviation } from './session-vwap.ts'
import { timeOfDayVolume } from './time-of-day-volume.ts'
import { dollarVolume, forceIndex } from './turnover.ts'
import { onBalanceVolume, volume } from './volume.ts'

/** Volume, flow and liquidity. */
export const volumeDefinitions: readonly IndicatorDefinition[] = [
  accumulationLine,
  amihudIlliquidity,
  chaikinMoneyFlow,
  chaikinOscillator,
  corwinSchultzSpread,
  dollarVolume,
  forceIndex,
  kyleLambda,
  onBalanceVolume,
  relativeVolume,
  rollSpread,
  volume,
  volumeAverage,
  volumeZScore,
  quotedSpread,
  sessionVwap,
  timeOfDayVolume,
  vwapDeviation,
]
