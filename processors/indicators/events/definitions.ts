import type { IndicatorDefinition } from '../definition.ts'
import { breakout } from './breakout.ts'
import { candlePattern } from './candle-pattern.ts'
import { averageCross, macdCross } from './crossing.ts'
import { cusum } from './cusum.ts'
import { openingGap } from './gap.ts'
import { priceJump } from './jump.ts'
import { multiCandlePattern } from './multi-candle-pattern.ts'
import { newExtreme } from './new-extreme.ts'
import { rsiDivergence } from './rsi-divergence.ts'
import { volumeSpike } from './volume-spike.ts'

/** Events that a bar brings. */
export const eventsDefinitions: readonly IndicatorDefinition[] = [
  breakout,
  candlePattern,
  multiCandlePattern,
  openingGap,
  averageCross,
  macdCross,
  newExtreme,
  volumeSpike,
  priceJump,
  cusum,
  rsiDivergence,
]
