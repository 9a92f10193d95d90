import type { IndicatorDefinition } from '../definition.ts'

/** Valuation and growth from reported figures. */
export const fundamentalDefinitions: readonly IndicatorDefinition[] = []
