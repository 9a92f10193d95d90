import { topicById } from '../../topics/topics.ts'
import type { MarkerRecord } from '../processor.ts'
import type { Refusal } from '../refusal.ts'
import { aheadOfLog, iso, notFinite, unexpected } from './check.ts'

/** The topic of clock markers. */
export const CLOCK = topicById('clock').id

/** Checks a raw marker by itself. One from the future is refused: it would make every bar of its partition late until then. */
export function checkMarker({ topic, timestamp, marker }: MarkerRecord): Refusal | undefined {
  if (topic !== CLOCK || marker.kind !== 'clock') return unexpected(topic, `${marker.kind} marker`)
  const { ts, known_at } = marker
  const unusable = notFinite(marker, ['ts', 'known_at'])
  if (unusable) return { reason: 'NOT_FINITE', message: unusable }
  if (known_at < ts) {
    const message = `The marker says ${iso(ts)} has passed, but is known at ${iso(known_at)}, before`
    return { reason: 'TIMES_OUT_OF_ORDER', message }
  }
  const ahead = aheadOfLog({ ts, known_at }, timestamp)
  return ahead === undefined ? undefined : { reason: 'FUTURE_TIME', message: ahead }
}
