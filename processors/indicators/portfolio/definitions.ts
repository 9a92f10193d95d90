import type { IndicatorDefinition } from '../definition.ts'

/** The portfolio and the symbol's place in it. */
export const portfolioDefinitions: readonly IndicatorDefinition[] = []
