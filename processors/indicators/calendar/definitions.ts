import type { IndicatorDefinition } from '../definition.ts'

/** Sessions and scheduled events. */
export const calendarDefinitions: readonly IndicatorDefinition[] = []
