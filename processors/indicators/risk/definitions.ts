import type { IndicatorDefinition } from '../definition.ts'
import { trailingDrawdown } from './drawdown.ts'
import { marketBeta, marketResidual } from './market-beta.ts'
import { expectedShortfall, valueAtRisk } from './tail-risk.ts'

/** Drawdowns, tail risk and exposure to the benchmark. */
export const riskDefinitions: readonly IndicatorDefinition[] = [
  expectedShortfall,
  trailingDrawdown,
  valueAtRisk,
  marketBeta,
  marketResidual,
]
