import { topics } from '../../topics/topics.ts'
import type { InputHead, InputRecord } from '../processor.ts'

const rankOfTopic = new Map(topics.map(({ id }, rank) => [id, rank]))

/**
 * The head to take next: the smallest (`known_at`, order of topics, offset), once every other input has a head or was seen at
 * its end after this head had come: what was written before it is then there to be compared. Undefined = wait. This choice is what
 * the tape records, so nothing behind the tape has to make it again.
 */
export function selectByKnownAt(heads: readonly InputHead[]): number | undefined {
  let first: { readonly index: number; readonly record: InputRecord; readonly look: number } | undefined
  let emptyAt = Number.POSITIVE_INFINITY
  for (const [index, { record, caughtUp, look }] of heads.entries()) {
    if (record === undefined) {
      if (!caughtUp) return undefined
      emptyAt = Math.min(emptyAt, look)
    } else if (first === undefined || compare(record, first.record) < 0) first = { index, record, look }
  }
  return first && first.look < emptyAt ? first.index : undefined
}

function compare(a: InputRecord, b: InputRecord): number {
  const [knownA, knownB] = [knownAt(a), knownAt(b)]
  // Not a difference: two records without a time would give -Infinity - -Infinity.
  if (knownA !== knownB) return knownA < knownB ? -1 : 1
  return rank(a) - rank(b) || a.offset - b.offset
}

/** A record without a usable time sorts first, so that it is refused at once and holds nothing up. */
function knownAt(record: InputRecord): number {
  const time = record.kind === 'marker' ? record.marker.known_at : record.value.known_at
  return typeof time === 'number' && Number.isFinite(time) ? time : Number.NEGATIVE_INFINITY
}

function rank(record: InputRecord): number {
  return rankOfTopic.get(record.topic) ?? topics.length
}
