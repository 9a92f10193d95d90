import { calendarDefinitions } from './calendar/definitions.ts'
import { candleDefinitions } from './candle/definitions.ts'
import type { IndicatorDefinition } from './definition.ts'
import { episodesDefinitions } from './episodes/definitions.ts'
import { eventsDefinitions } from './events/definitions.ts'
import { fundamentalDefinitions } from './fundamental/definitions.ts'
import { momentumDefinitions } from './momentum/definitions.ts'
import { portfolioDefinitions } from './portfolio/definitions.ts'
import { regimesDefinitions } from './regimes/definitions.ts'
import { riskDefinitions } from './risk/definitions.ts'
import { statesDefinitions } from './states/definitions.ts'
import { structureDefinitions } from './structure/definitions.ts'
import { trendDefinitions } from './trend/definitions.ts'
import { vectorsDefinitions } from './vectors/definitions.ts'
import { volatilityDefinitions } from './volatility/definitions.ts'
import { volumeDefinitions } from './volume/definitions.ts'
import { zonesDefinitions } from './zones/definitions.ts'

/** Every indicator that Barline can compute in stage one. A catalog row whose id is not here refuses to start. */
export const INDICATOR_DEFINITIONS: readonly IndicatorDefinition[] = [
  ...trendDefinitions,
  ...momentumDefinitions,
  ...volatilityDefinitions,
  ...volumeDefinitions,
  ...candleDefinitions,
  ...structureDefinitions,
  ...fundamentalDefinitions,
  ...calendarDefinitions,
  ...riskDefinitions,
  ...statesDefinitions,
  ...eventsDefinitions,
  ...episodesDefinitions,
  ...zonesDefinitions,
  ...vectorsDefinitions,
  ...regimesDefinitions,
  ...portfolioDefinitions,
]
