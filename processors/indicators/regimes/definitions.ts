import type { IndicatorDefinition } from '../definition.ts'
import { macroRegime } from './macro-regime.ts'
import { regimeCluster } from './regime-cluster.ts'
import { volatilityHmm } from './volatility-hmm.ts'

/** Regimes by frozen, versioned models. */
export const regimesDefinitions: readonly IndicatorDefinition[] = [regimeCluster, volatilityHmm, macroRegime]
