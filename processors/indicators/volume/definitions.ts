import type { IndicatorDefinition } from '../definition.ts'
import { volumeAverage } from '../trend/moving-average.ts'
import { onBalanceVolume, volume } from './volume.ts'

/** Volume, flow and liquidity. */
export const volumeDefinitions: readonly IndicatorDefinition[] = [onBalanceVolume, volume, volumeAverage]
