import { TIMEFRAMES } from '../catalog/timeframe.ts'
import { topics } from '../topics/topics.ts'
import type { RawInput } from './rows.ts'

const rankOfTopic = new Map(topics.map(({ id }, rank) => [id, rank]))

/**
 * The order of a load, for a sort that keeps what is equal in its place: by `known_at`; at the same time by topic, bars last; bars of
 * the same time the longest first, since a bar that comes ready-made has to be there before the shorter ones that would
 * build it. Lines that were refused (undefined) come first.
 */
export function compareInputs(a: RawInput | undefined, b: RawInput | undefined): number {
  const [one, other] = [timeOf(a), timeOf(b)]
  if (one !== other) return one < other ? -1 : 1
  return rankOf(a) - rankOf(b) || lengthOf(b) - lengthOf(a)
}

function timeOf(input: RawInput | undefined): number {
  return input?.knownAt ?? Number.NEGATIVE_INFINITY
}

function rankOf(input: RawInput | undefined): number {
  return rankOfTopic.get(input?.topic ?? '') ?? 0
}

function lengthOf(input: RawInput | undefined): number {
  return input?.bar ? TIMEFRAMES.indexOf(input.bar.timeframe) : -1
}
