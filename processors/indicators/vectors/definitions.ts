import type { IndicatorDefinition } from '../definition.ts'

/** Vectors that describe the newest bars. */
export const vectorsDefinitions: readonly IndicatorDefinition[] = []
