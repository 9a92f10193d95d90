import type { Marker } from '../processor.ts'
import type { Refusal } from '../refusal.ts'
import { iso } from './check.ts'
import type { RawBar } from './raw-bar.ts'
import type { RawEvent } from './raw-event.ts'
import { eventKey, REMEMBERED_BARS, type RememberedBar, type TapeState } from './tape-state.ts'

/** Where a sound record stands to the tape: it goes on, it repeats what is there, or it is refused. */
export type Place = 'next' | 'repeat' | Refusal

/**
 * Places a bar. What the tape remembers is asked before the clock: the repeat of an accepted bar is a duplicate, and a change
 * of one a revision, however late it comes. A change of `known_at` alone is no revision: the bar says the same.
 */
export function placeBar(state: TapeState, bar: RawBar, graceMs: number): Place {
  const bars = state.symbols.get(bar.symbol)?.bars.get(bar.timeframe) ?? []
  const newest = bars.at(-1)
  const same = newest && bar.ts_close <= newest.ts ? bars.findLast(({ ts }) => ts === bar.ts_close) : undefined
  if (same) return equalBars(same, bar) ? 'repeat' : revision(same, bar)
  if (bar.ts_close + graceMs < state.newestMarkerTs) {
    const marker = `the newest clock marker is ${iso(state.newestMarkerTs)}, the grace ${graceMs} ms`
    return { reason: 'LATE', message: `ts_close ${iso(bar.ts_close)} is past: ${marker}` }
  }
  if (newest && bar.ts_close < newest.ts) {
    const message = `ts_close ${iso(bar.ts_close)} is before ${iso(newest.ts)}, the newest ${bar.timeframe} bar on the tape, and not among the last ${REMEMBERED_BARS}`
    return { reason: 'LATE', message }
  }
  return 'next'
}

/** Places an event. Type and effective time identify it; what has no value is told apart by its detail. */
export function placeEvent(state: TapeState, event: RawEvent): Place {
  const known = state.symbols.get(event.symbol)?.events.get(eventKey(event.event_type, event.effective_at))
  if (!known) return 'next'
  if (known.value === event.value && (event.value !== null || known.detail === event.detail)) return 'repeat'
  const what = `${event.event_type} effective ${iso(event.effective_at)}`
  const was = `${known.value} (${known.detail})`
  return { reason: 'REVISION', message: `The tape has ${what} with ${was}, not ${event.value} (${event.detail})` }
}

/** Places a clock marker: only a newer one says anything. */
export function placeMarker(state: TapeState, { ts }: Marker): Place {
  return ts <= state.newestMarkerTs ? 'repeat' : 'next'
}

function equalBars(known: RememberedBar, bar: RawBar): boolean {
  return known.ts_open === bar.ts_open && compared.every((field) => known[field] === bar[field])
}

function revision(known: RememberedBar, bar: RawBar): Refusal {
  const changes = [...compared, 'ts_open' as const]
    .filter((field) => known[field] !== bar[field])
    .map((field) => `${field} ${known[field]} -> ${bar[field]}`)
  return { reason: 'REVISION', message: `The tape has the bar closing ${iso(bar.ts_close)}: ${changes.join(', ')}` }
}

const compared = ['open', 'high', 'low', 'close', 'volume'] as const
