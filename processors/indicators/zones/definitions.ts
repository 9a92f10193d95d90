import type { IndicatorDefinition } from '../definition.ts'

/** Support and resistance zones. */
export const zonesDefinitions: readonly IndicatorDefinition[] = []
