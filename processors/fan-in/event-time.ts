import type { InputRecord } from '../processor.ts'

/** Where a record stands in event time and since when it is known; UTC epoch milliseconds. */
export type EventTime = { readonly ts: number; readonly knownAt: number }

/** The event time of a marker or of a derived record; undefined where one of the two is not a finite number. */
export function eventTime(record: InputRecord): EventTime | undefined {
  const { ts, known_at: knownAt } = record.kind === 'marker' ? record.marker : record.value
  if (typeof ts !== 'number' || typeof knownAt !== 'number') return undefined
  return Number.isFinite(ts) && Number.isFinite(knownAt) ? { ts, knownAt } : undefined
}
