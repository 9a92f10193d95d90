import type { IndicatorDefinition } from '../definition.ts'
import { candleCluster } from './candle-cluster.ts'
import { candleEmbedding } from './candle-embedding.ts'
import { haarEnergy } from './haar-energy.ts'
import { returnPath } from './return-path.ts'
import { stateOneHot } from './state-onehot.ts'
import { volumeProfile } from './volume-profile.ts'

/** Vectors that describe the newest bars. */
export const vectorsDefinitions: readonly IndicatorDefinition[] = [
  candleCluster,
  candleEmbedding,
  haarEnergy,
  returnPath,
  stateOneHot,
  volumeProfile,
]
