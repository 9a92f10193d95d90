import type { IndicatorDefinition } from '../definition.ts'
import { returnAutocorrelation } from './autocorrelation.ts'
import { awesomeOscillator } from './awesome-oscillator.ts'
import { balanceOfPower } from './balance-of-power.ts'
import { commodityChannel } from './commodity-channel.ts'
import { momentumZScore } from './momentum-z.ts'
import { moneyFlow } from './money-flow.ts'
import { logReturn, momentum, rateOfChange, simpleReturn } from './rate-of-change.ts'
import { chandeMomentum, relativeStrength } from './rsi.ts'
import { stochasticD, stochasticK } from './stochastic.ts'
import { stochasticRsi } from './stochastic-rsi.ts'
import { closeStreak } from './streak.ts'
import { trueStrength } from './true-strength.ts'
import { ultimateOscillator } from './ultimate-oscillator.ts'
import { varianceRatio } from './variance-ratio.ts'
import { williamsR } from './williams-r.ts'

/** Returns, oscillators of momentum and persistence. */
export const momentumDefinitions: readonly IndicatorDefinition[] = [
  awesomeOscillator,
  balanceOfPower,
  chandeMomentum,
  closeStreak,
  commodityChannel,
  logReturn,
  momentum,
  momentumZScore,
  moneyFlow,
  rateOfChange,
  relativeStrength,
  returnAutocorrelation,
  simpleReturn,
  stochasticD,
  stochasticK,
  stochasticRsi,
  trueStrength,
  ultimateOscillator,
  varianceRatio,
  williamsR,
]
