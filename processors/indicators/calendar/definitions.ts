import type { IndicatorDefinition } from '../definition.ts'
import { earningsSurprise } from './earnings-surprise.ts'
import { eventFlag } from './event-flag.ts'
import { eventWindowState } from './event-window.ts'
import { intradayDrawdown } from './intraday-drawdown.ts'
import { sessionClock, sessionState } from './session-clock.ts'

/** Sessions and scheduled events. */
export const calendarDefinitions: readonly IndicatorDefinition[] = [
  sessionClock,
  sessionState,
  intradayDrawdown,
  eventFlag,
  eventWindowState,
  earningsSurprise,
]
