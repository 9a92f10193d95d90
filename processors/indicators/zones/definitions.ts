import type { IndicatorDefinition } from '../definition.ts'
import { supportResistanceZones } from './support-resistance.ts'

/** Support and resistance zones. */
export const zonesDefinitions: readonly IndicatorDefinition[] = [supportResistanceZones]
