import type { IndicatorDefinition } from '../definition.ts'

/** Episodes with a beginning, an age and an end. */
export const episodesDefinitions: readonly IndicatorDefinition[] = []
