export { TIMEFRAMES, type Timeframe } from '../catalog/timeframe.ts'
export type { SideField } from '../processors/indicators/side-fields.ts'
export type { FeaturesAnswer, HistoryAnswer } from '../serve/features/answer.ts'
export type { ConnectOptions } from '../serve/features/connect.ts'
export { FeatureServiceError } from '../serve/features/errors.ts'
export type { FeatureService, FeaturesRequest, HistoryRequest } from '../serve/features/feature-service.ts'
export {
  type BarEngine,
  createEngine,
  type EngineBar,
  type EngineOptions,
  type EngineOutput,
  type EngineSnapshot,
  type IndicatorValues,
  type OutputName,
} from './bar-engine.ts'
export { connectFeatureService } from './feature-service.ts'
export type { IndicatorId, IndicatorOutputs, VectorOutput } from './indicator-outputs.ts'
