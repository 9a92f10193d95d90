import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { EVENT_TYPES, eventDistance, eventFields, feedIsSilent } from './event-distance.ts'

const sessions = z.int().min(0)

/**
 * 1 when the bar's session is one of the `window_pre` before a known event, that of the event, or one of the `window_post` after it
 * (MacKinlay 1997), else 0, also where no event is known. None while a feed that should send daily is silent. A new date learned
 * later changes no old bar.
 */
export const eventFlag = defineIndicator({
  ids: ['earnings_flag', 'dividend_flag', 'split_flag', 'macro_release_flag'],
  params: z.strictObject({ window_pre: sessions, window_post: sessions, event_type: z.enum(EVENT_TYPES) }),
  plan: ({ window_pre, window_post, event_type }) => ({
    outputs: ['value'],
    warmupBars: 1,
    side: eventFields([event_type]),
    bind(slice) {
      const feedAge = slice.side('event.feed_age_days')
      const { next, last } = eventDistance(slice, event_type)
      const value = slice.column('value')
      return {
        step(_state, { side }, out) {
          const isNear = (side[next] ?? Number.NaN) <= window_pre || (side[last] ?? Number.NaN) <= window_post
          out[value] = feedIsSilent(side[feedAge]) ? Number.NaN : Number(isNear)
        },
      }
    },
  }),
})
