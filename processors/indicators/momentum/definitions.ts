import type { IndicatorDefinition } from '../definition.ts'
import { momentum, rateOfChange } from './rate-of-change.ts'
import { relativeStrength } from './rsi.ts'
import { stochasticD, stochasticK } from './stochastic.ts'

/** Returns, oscillators of momentum and persistence. */
export const momentumDefinitions: readonly IndicatorDefinition[] = [
  momentum,
  rateOfChange,
  relativeStrength,
  stochasticD,
  stochasticK,
]
