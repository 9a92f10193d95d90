import type { IndicatorDefinition } from '../definition.ts'
import { concentration, grossExposure, netExposure } from './exposure.ts'
import { portfolioDrawdown } from './portfolio-drawdown.ts'
import { positionContext } from './position-context.ts'

/** The portfolio and the symbol's part in it. */
export const portfolioDefinitions: readonly IndicatorDefinition[] = [
  grossExposure,
  netExposure,
  concentration,
  portfolioDrawdown,
  positionContext,
]
