import type { SideField } from '../side-fields.ts'
import type { Slice } from '../slice.ts'

/** Types of scheduled event whose distance is told, in the order that decides between equals. */
export const EVENT_TYPES = ['earnings', 'macro_high', 'dividend_ex', 'split'] as const

/** One of {@link EVENT_TYPES}. */
export type EventType = (typeof EVENT_TYPES)[number]

/** A calendar feed that should send every day and has been silent for longer than this is not to be relied on. */
const SILENT_DAYS = 7

/** Places in `bar.side` of the distances of a type, in sessions: to the nearest event, 0 = today, and since the newest past one. */
export type EventDistance = { readonly next: number; readonly last: number }

/** The fields that {@link eventDistance} and {@link feedIsSilent} read. */
export function eventFields(types: readonly EventType[]): readonly SideField[] {
  return ['event.feed_age_days', ...types.flatMap((type) => [`event.${type}.next`, `event.${type}.last`] as const)]
}

/** Finds the distances of a type. */
export function eventDistance(slice: Slice, type: EventType): EventDistance {
  return { next: slice.side(`event.${type}.next`), last: slice.side(`event.${type}.last`) }
}

/**
 * Whether the calendar feed has been silent for more than 7 days. Its age is only known (not NaN) where the feed is declared to send
 * every day: of a sparse feed silence says nothing, and no known event means none.
 */
export function feedIsSilent(feedAgeDays: number | undefined): boolean {
  return (feedAgeDays ?? Number.NaN) > SILENT_DAYS
}
