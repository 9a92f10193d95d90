import { EVENT_TYPES, type EventType } from '../indicators/calendar/event-distance.ts'
import { CANCELLED, type TapeEvent } from '../ingest/tape-record.ts'
import type { FieldSlots } from './field-slots.ts'
import type { SessionIndex } from './session-index.ts'
import { type Dated, forget, newestAt } from './timeline.ts'

// Put together once: a field's name put together at every bar costs more than what it leads to.
const FIELDS = EVENT_TYPES.map(
  (type) => ({ type, nextField: `event.${type}.next`, lastField: `event.${type}.last` }) as const,
)

/** Names that a type has on older tapes. */
const ALIASES: Readonly<Record<string, string>> = { dividend: 'dividend_ex', earnings_release: 'earnings' }

/** How many events older than the horizon are kept of a type: the newest may still be cancelled. */
const KEPT_PAST_EVENTS = 4

const DAY_MS = 86_400_000

/** An event: `ts` is when it takes place, `from` when it became known; void from `cancelledFrom` on. */
type Scheduled = { readonly ts: number; readonly from: number; cancelledFrom: number | null }

/** The events of a symbol or of the market, by type in order of `ts`, and when something was heard of any event. */
export type EventBook = {
  readonly scheduled: Partial<Record<EventType, Scheduled[]>>
  readonly heard: Dated[]
}

/** A book without events. */
export function emptyEventBook(): EventBook {
  return { scheduled: {}, heard: [] }
}

/**
 * Notes an event. One whose `detail` is `cancelled` withdraws the event of the same type and `ts` from its own `known_at` on; a
 * new date is a new event. A type without a distance is heard of only.
 */
export function noteEvent(book: EventBook, event: TapeEvent, horizonMs: number): void {
  const { ts, known_at: from, detail } = event
  if ((book.heard.at(-1)?.from ?? Number.NEGATIVE_INFINITY) < from) book.heard.push({ from })
  forget(book.heard, horizonMs)
  const name = ALIASES[event.event_type] ?? event.event_type
  const type = EVENT_TYPES.find((known) => known === name)
  if (type === undefined) return
  const events = book.scheduled[type] ?? []
  book.scheduled[type] = events
  const standing = events.find((one) => one.ts === ts && one.cancelledFrom === null)
  if (detail === CANCELLED) {
    if (standing !== undefined) standing.cancelledFrom = from
  } else if (standing === undefined) {
    const before = events.findLastIndex((one) => one.ts <= ts)
    events.splice(before + 1, 0, { ts, from, cancelledFrom: null })
  }
  forgetEvents(events, horizonMs)
}

function forgetEvents(events: Scheduled[], horizonMs: number): void {
  let past = 0
  for (let index = events.length - 1; index >= 0; index -= 1) {
    const { ts, cancelledFrom } = events[index] ?? { ts: horizonMs, cancelledFrom: null }
    const isVoid = cancelledFrom !== null && cancelledFrom <= horizonMs
    if (!isVoid && ts < horizonMs) past += 1
    if (isVoid || past > KEPT_PAST_EVENTS) events.splice(index, 1)
  }
}

/**
 * Writes the distances in sessions of a bar that closes at `ts`: per type to the nearest event known then (0 = in the bar's own
 * session; an event at or after a close belongs to the next session) and since the newest one of an earlier session.
 */
export function fillEvents(
  books: readonly (EventBook | undefined)[],
  sessions: SessionIndex,
  ts: number,
  slots: FieldSlots,
  into: Float64Array,
): void {
  const session = sessions.ofBar(ts)
  if (session === undefined) return
  for (const { type, nextField, lastField } of FIELDS) {
    const next = slots[nextField]
    const last = slots[lastField]
    if (next === undefined && last === undefined) continue
    let nextMs = Number.POSITIVE_INFINITY
    let lastMs = Number.NEGATIVE_INFINITY
    for (const book of books) {
      for (const event of book?.scheduled[type] ?? []) {
        if (event.from > ts || (event.cancelledFrom !== null && event.cancelledFrom <= ts)) continue
        if (event.ts < session.previousCloseMs) lastMs = Math.max(lastMs, event.ts)
        else nextMs = Math.min(nextMs, event.ts)
      }
    }
    if (next !== undefined && nextMs < Number.POSITIVE_INFINITY)
      into[next] = sessions.ofInstant(nextMs) - session.ordinal
    if (last !== undefined && lastMs > Number.NEGATIVE_INFINITY)
      into[last] = session.ordinal - sessions.ofInstant(lastMs)
  }
}

/** Days from the newest word of any event known at `ts` until then; NaN before the first. */
export function eventFeedAge(books: readonly (EventBook | undefined)[], ts: number): number {
  let newest = Number.NaN
  for (const book of books) {
    const heard = book === undefined ? undefined : newestAt(book.heard, ts)
    if (heard !== undefined && !(heard.from <= newest)) newest = heard.from
  }
  return (ts - newest) / DAY_MS
}
