import type { IndicatorDefinition } from '../definition.ts'

/** State machines with hysteresis. */
export const statesDefinitions: readonly IndicatorDefinition[] = []
