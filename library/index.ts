export { TIMEFRAMES, type Timeframe } from '../catalog/timeframe.ts'
export type { SideField } from '../processors/indicators/side-fields.ts'
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
export type { IndicatorId, IndicatorOutputs, VectorOutput } from './indicator-outputs.ts'
