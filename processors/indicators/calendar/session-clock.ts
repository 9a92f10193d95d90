import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { noParams } from '../params.ts'

const MINUTE_MS = 60_000

/**
 * The time of day of a bar's close: the part of the session that is over (`frac`, 0..1), its sine and cosine over one turn, the
 * bar's place in the session and the day of the week (0 = Monday). None where no calendar is known.
 */
export const sessionClock = defineIndicator({
  ids: ['session_clock'],
  params: noParams,
  plan: () => ({
    outputs: ['frac', 'sin', 'cos', 'bar_of_session', 'dow'],
    warmupBars: 1,
    bind(slice) {
      const fraction = slice.column('frac')
      const sine = slice.column('sin')
      const cosine = slice.column('cos')
      const place = slice.column('bar_of_session')
      const weekday = slice.column('dow')
      return {
        step(_state, { tsClose, session }, out) {
          const elapsed = (tsClose - session.openMs) / (session.closeMs - session.openMs)
          // A bar may be stamped outside of its session by its source; NaN stays NaN.
          const frac = Math.min(1, Math.max(0, elapsed))
          out[fraction] = frac
          out[sine] = Math.sin(2 * Math.PI * frac)
          out[cosine] = Math.cos(2 * Math.PI * frac)
          out[place] = session.bar
          out[weekday] = session.dayOfWeek
        },
      }
    },
  }),
})

/** Codes of the phase of a session. */
const OPEN = 0
const CORE = 1
const MIDDAY = 2
const CLOSE = 3

/**
 * The phase of the session at a bar's close: open while fewer than `open_min` minutes are over, close when at most `close_min` are
 * left, midday for `midday[0]` <= frac < `midday[1]`, else core; the earlier of these rules wins. None where no calendar is known.
 */
export const sessionState = defineIndicator({
  ids: ['session_state_v1'],
  params: z.strictObject({
    open_min: z.number().positive(),
    close_min: z.number().positive(),
    midday: z.tuple([z.number(), z.number()]),
  }),
  plan: ({ open_min, close_min, midday: [middayFrom, middayUntil] }) => ({
    outputs: ['state'],
    warmupBars: 1,
    dependencies: ['session_clock'],
    bind(slice) {
      const fraction = slice.input('session_clock', 'frac')
      const state = slice.column('state')
      return {
        step(_state, { tsClose, session }, out) {
          const frac = out[fraction] ?? Number.NaN
          if (Number.isNaN(frac)) out[state] = Number.NaN
          else if (tsClose - session.openMs < open_min * MINUTE_MS) out[state] = OPEN
          else if (session.closeMs - tsClose <= close_min * MINUTE_MS) out[state] = CLOSE
          else out[state] = frac >= middayFrom && frac < middayUntil ? MIDDAY : CORE
        },
      }
    },
  }),
})
