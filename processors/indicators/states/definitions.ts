import type { IndicatorDefinition } from '../definition.ts'
import { liquidityState } from './liquidity-state.ts'
import { liquidityStress } from './liquidity-stress.ts'
import { momentumConsensus } from './momentum-consensus.ts'
import { squeeze } from './squeeze.ts'
import { structureState } from './structure-state.ts'
import { structureOfTimeframes } from './structure-timeframes.ts'
import { choppinessState, persistenceState, volumeState } from './threshold-state.ts'
import { trendState } from './trend-state.ts'
import { trendOfTimeframes } from './trend-timeframes.ts'
import { volatilityRegime } from './volatility-regime.ts'
import { volatilityTargetScale } from './volatility-target.ts'
import { volatilityTerm } from './volatility-term.ts'
import { volatilityOfTimeframes } from './volatility-timeframes.ts'

/** State machines with hysteresis. */
export const statesDefinitions: readonly IndicatorDefinition[] = [
  trendState,
  trendOfTimeframes,
  structureState,
  structureOfTimeframes,
  volatilityRegime,
  volatilityTerm,
  volatilityOfTimeframes,
  momentumConsensus,
  persistenceState,
  choppinessState,
  volumeState,
  liquidityState,
  squeeze,
  liquidityStress,
  volatilityTargetScale,
]
