import type { IndicatorDefinition } from '../definition.ts'

/** Events that a bar brings. */
export const eventsDefinitions: readonly IndicatorDefinition[] = []
