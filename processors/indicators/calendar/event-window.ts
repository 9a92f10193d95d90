import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { EVENT_TYPES, eventDistance, eventFields, feedIsSilent } from './event-distance.ts'

/** Codes of the place in an event window. */
const NONE = 0
const PRE_EVENT = 1
const EVENT_DAY = 2
const POST_EVENT = 3

const sessions = z.int().min(0)

/**
 * Where the bar's session stands to the events known at its close (MacKinlay 1997), d = sessions to an event: event day for d = 0,
 * else before one for 1 <= d <= `pre_window`, else after one for -`post_window` <= d <= -1; of several of a kind the nearest counts,
 * then the order of the types. `event_type` is 1 + the place of that type, 0 without. `sessions_to_event` is the smallest d >= 0 and
 * `sessions_since_event` the smallest -d >= 0 over all types, so both are 0 on an event day; at most `cap`, which also stands for
 * none. None of all four while a feed that should send daily is silent.
 */
export const eventWindowState = defineIndicator({
  ids: ['event_window_state_v1'],
  params: z.strictObject({ pre_window: sessions, post_window: sessions, cap: z.int().min(1) }),
  plan: ({ pre_window, post_window, cap }) => ({
    outputs: ['event_window_state', 'sessions_to_event', 'sessions_since_event', 'event_type'],
    warmupBars: 1,
    side: eventFields(EVENT_TYPES),
    bind(slice) {
      const feedAge = slice.side('event.feed_age_days')
      const distances = EVENT_TYPES.map((type) => eventDistance(slice, type))
      const stateColumn = slice.column('event_window_state')
      const to = slice.column('sessions_to_event')
      const since = slice.column('sessions_since_event')
      const typeColumn = slice.column('event_type')
      return {
        step(_state, { side }, out) {
          if (feedIsSilent(side[feedAge])) {
            out[stateColumn] = out[to] = out[since] = out[typeColumn] = Number.NaN
            return
          }
          let next = Number.POSITIVE_INFINITY
          let last = Number.POSITIVE_INFINITY
          let nextType = 0
          let lastType = 0
          for (let type = 0; type < distances.length; type += 1) {
            const places = distances[type]
            if (places === undefined) continue
            const ahead = side[places.next] ?? Number.NaN
            const behind = side[places.last] ?? Number.NaN
            if (ahead < next) {
              next = ahead
              nextType = type + 1
            }
            if (behind < last) {
              last = behind
              lastType = type + 1
            }
          }
          const state = windowState(next, last, pre_window, post_window)
          out[stateColumn] = state
          out[typeColumn] = state === NONE ? 0 : state === POST_EVENT ? lastType : nextType
          out[to] = Math.min(next, cap)
          out[since] = next === 0 ? 0 : Math.min(last, cap)
        },
      }
    },
  }),
})

function windowState(next: number, last: number, preWindow: number, postWindow: number): number {
  if (next === 0) return EVENT_DAY
  if (next <= preWindow) return PRE_EVENT
  return last <= postWindow ? POST_EVENT : NONE
}
