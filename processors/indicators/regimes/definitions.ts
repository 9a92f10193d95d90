import type { IndicatorDefinition } from '../definition.ts'

/** Regimes by frozen, versioned models. */
export const regimesDefinitions: readonly IndicatorDefinition[] = []
