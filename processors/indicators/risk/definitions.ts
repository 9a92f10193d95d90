import type { IndicatorDefinition } from '../definition.ts'
import { trailingDrawdown } from './drawdown.ts'

/** Drawdowns, tail risk and exposure to the benchmark. */
export const riskDefinitions: readonly IndicatorDefinition[] = [trailingDrawdown]
