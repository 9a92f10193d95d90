import type { DataRecord } from '../processor.ts'
import { aheadOfLog, type Checked, firstBroken, identityRules, notFinite, type Rule } from './check.ts'

/** The kinds of corporate event that the tape takes. */
export const EVENT_TYPES = ['split', 'dividend', 'earnings_release', 'operational_update'] as const

/** One of {@link EVENT_TYPES}. */
export type EventType = (typeof EVENT_TYPES)[number]

/** An event of `market.events` that is sound in itself. `effective_at` may lie ahead: splits are announced. */
export type RawEvent = {
  readonly symbol: string
  readonly event_type: EventType
  readonly effective_at: number
  readonly known_at: number
  readonly value: number | null
  readonly detail: string | null
}

const formRules: readonly Rule<Readonly<Record<string, unknown>>>[] = [
  ...identityRules,
  [
    'UNKNOWN_EVENT_TYPE',
    ({ event_type }) =>
      EVENT_TYPES.some((known) => known === event_type)
        ? undefined
        : `The event type is ${JSON.stringify(event_type)}, not one of ${EVENT_TYPES.join(', ')}`,
  ],
  ['NOT_FINITE', (value) => notFinite(value, ['effective_at', 'known_at'])],
  ['BAD_SPLIT_FACTOR', ({ event_type, value }) => (event_type === 'split' ? notASplitFactor(value) : undefined)],
  ['NOT_FINITE', (value) => (value.value === null ? undefined : notFinite(value, ['value']))],
]

const eventRules: readonly Rule<RawEvent>[] = [
  ['FUTURE_TIME', ({ known_at }, { timestamp }) => aheadOfLog({ known_at }, timestamp)],
]

/** Checks what a raw event says by itself, in a fixed order. */
export function checkEvent(record: DataRecord): Checked<RawEvent> {
  // An absent nullable field is its default, as it is for a reader of the schema.
  const value = { ...record.value, value: record.value.value ?? null, detail: record.value.detail ?? null }
  const malformed = firstBroken(formRules, value, record)
  if (malformed) return { refusal: malformed }
  const event = value as unknown as RawEvent
  const refusal = firstBroken(eventRules, event, record)
  return refusal ? { refusal } : { taken: event }
}

function notASplitFactor(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0 && value !== 1) return undefined
  return `A split needs new shares per old, above zero and not 1; it has ${String(value)}`
}
