import { topicById } from '../../topics/topics.ts'
import type { Refusal } from '../refusal.ts'
import { type FormRule, iso, notFinite, notFiniteOrNull, notKnownAhead, symbolRules } from './check.ts'
import { defineKind } from './record-kind.ts'
import type { Place } from './series.ts'
import { CANCELLED, MARKET_SYMBOL, TAPE_EVENT, type TapeEvent } from './tape-record.ts'
import type { KeyState, RememberedEvent } from './tape-state.ts'

/** The kinds of event that the tape takes; `dividend` and `earnings_release` are older names of sources. */
export const EVENT_TYPES = [
  'split',
  'dividend_ex',
  'earnings',
  'macro_high',
  'operational_update',
  'dividend',
  'earnings_release',
] as const

/** The kinds that concern the whole market; all others concern one instrument. */
const marketEventTypes: readonly EventType[] = ['macro_high']

/** One of {@link EVENT_TYPES}. */
export type EventType = (typeof EVENT_TYPES)[number]

/** An event of `market.events` that is sound in itself. `effective_at` may lie ahead: splits are announced. */
type RawEvent = {
  readonly symbol: string
  readonly event_type: EventType
  readonly effective_at: number
  readonly known_at: number
  readonly value: number | null
  readonly detail: string | null
}

const formRules: readonly FormRule[] = [
  ...symbolRules,
  [
    'UNKNOWN_EVENT_TYPE',
    ({ event_type }) =>
      EVENT_TYPES.some((known) => known === event_type)
        ? undefined
        : `The event type is ${JSON.stringify(event_type)}, not one of ${EVENT_TYPES.join(', ')}`,
  ],
  ['SCOPE_MISMATCH', otherScope],
  ['NOT_FINITE', (value) => notFinite(value, ['effective_at', 'known_at'])],
  ['BAD_SPLIT_FACTOR', notASplitFactor],
  ['NOT_FINITE', (value) => notFiniteOrNull(value, ['value'])],
]

/**
 * Events: symbol, type and time identify one. It is said once, and may be withdrawn, and after that be said again; any other
 * change is a revision.
 */
export const eventKind = defineKind<RawEvent, TapeEvent>({
  topic: topicById('market.events').id,
  recordName: 'barline.market.CorporateEvent',
  tapeRecordName: TAPE_EVENT,
  nullable: ['value', 'detail'],
  formRules,
  rules: [notKnownAhead],
  keyOf: ({ symbol }) => symbol,
  place(known, event) {
    const before = known.events.get(eventKey(event.event_type, event.effective_at))
    if (!before) return 'next'
    return event.detail === CANCELLED ? placeCancellation(known, before, event) : placeAgain(before, event)
  },
  toTape: (event, stamp) => ({
    symbol: event.symbol,
    event_type: event.event_type,
    ts: event.effective_at,
    ...stamp,
    value: event.detail === CANCELLED ? null : event.value,
    detail: event.detail,
  }),
  take({ events, waitingSplits }, { event_type, ts, known_at, raw_known_at, value, detail }) {
    const key = eventKey(event_type, ts)
    const isCancelled = detail === CANCELLED
    const nothing = { value: null, detail: null }
    // A cancelled event keeps what was said of it: a repeat of that is still a repeat.
    const said = isCancelled ? (events.get(key) ?? nothing) : { value, detail }
    events.set(key, { value: said.value, detail: said.detail, knownAt: raw_known_at, isCancelled })
    if (isCancelled) waitingSplits.delete(key)
    else if (event_type === 'split') waitingSplits.set(key, Math.max(ts, known_at))
  },
})

function eventKey(eventType: string, effectiveAt: number): string {
  return `${eventType}@${effectiveAt}`
}

/** Places an event that the tape has. What has no value is told apart by its detail. */
function placeAgain(before: RememberedEvent, event: RawEvent): Place {
  if (before.isCancelled && event.known_at > before.knownAt) return 'next'
  if (before.value === event.value && (event.value !== null || before.detail === event.detail)) return 'repeat'
  const was = `${before.value} (${before.detail})${before.isCancelled ? ', cancelled' : ''}`
  return {
    reason: 'REVISION',
    message: `The tape has ${nameOf(event)} with ${was}, not ${event.value} (${event.detail})`,
  }
}

function placeCancellation(known: KeyState, before: RememberedEvent, event: RawEvent): Place {
  if (before.isCancelled) return 'repeat'
  if (event.known_at < before.knownAt) {
    return late(`${nameOf(event)} is cancelled at ${iso(event.known_at)}, and known anew at ${iso(before.knownAt)}`)
  }
  const isWaiting = known.waitingSplits.has(eventKey(event.event_type, event.effective_at))
  if (event.event_type === 'split' && !isWaiting) {
    return late(`${nameOf(event)} has changed the units of the bars up to ${iso(known.newestBarTs)}`)
  }
  return 'next'
}

function late(message: string): Refusal {
  return { reason: 'LATE', message }
}

function nameOf({ event_type, effective_at }: RawEvent): string {
  return `${event_type} effective ${iso(effective_at)}`
}

function otherScope({ symbol, event_type }: Readonly<Record<string, unknown>>): string | undefined {
  const isOfMarket = marketEventTypes.some((type) => type === event_type)
  if (isOfMarket === (symbol === MARKET_SYMBOL)) return undefined
  return `${event_type} is an event of ${isOfMarket ? `the whole market, symbol ${MARKET_SYMBOL}` : 'one instrument'}, not of ${symbol}`
}

function notASplitFactor({ event_type, value, detail }: Readonly<Record<string, unknown>>): string | undefined {
  if (event_type !== 'split' || (detail === CANCELLED && value === null)) return undefined
  if (typeof value === 'number' && Number.isFinite(value) && value > 0 && value !== 1) return undefined
  return `A split needs new shares per old, above zero and not 1; it has ${String(value)}`
}
