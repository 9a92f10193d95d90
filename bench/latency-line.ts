import type { PacedPart } from './paced-feed.ts'
import type { Arrivals } from './row-watcher.ts'

/** Which bars of a part are looked at, by their place in it. */
export type BarChoice = (place: number) => boolean

/** Latencies of some bars, in milliseconds from the moment at which a bar was due to that at which its row could be read. */
export type LatencyLine = {
  readonly rows: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
  /** Rows a second from the first that was due to the last that could be read. */
  readonly reached: number
}

/** The longest latency of the bars that were due in each second of a part, in milliseconds. */
export function worstBySecond(part: PacedPart, { at }: Arrivals): { readonly x: number; readonly y: number }[] {
  const worst: number[] = []
  for (let place = 0; place < part.bars; place += 1) {
    const seenAt = at.get(part.first + place)
    const second = Math.floor((place * part.msPerBar) / 1_000)
    const millis = seenAt === undefined ? 0 : seenAt - part.startedAt - place * part.msPerBar
    worst[second] = Math.max(worst[second] ?? 0, millis)
  }
  return worst.map((y, x) => ({ x, y }))
}

/** Latencies of the bars of a part that are chosen and have a row. */
export function latenciesOf(part: PacedPart, { at }: Arrivals, isChosen: BarChoice): LatencyLine {
  const millis: number[] = []
  let [firstDue, lastSeen] = [Number.POSITIVE_INFINITY, 0]
  for (let place = 0; place < part.bars; place += 1) {
    const seenAt = at.get(part.first + place)
    if (seenAt === undefined || !isChosen(place)) continue
    const dueAt = part.startedAt + place * part.msPerBar
    millis.push(seenAt - dueAt)
    firstDue = Math.min(firstDue, dueAt)
    lastSeen = Math.max(lastSeen, seenAt)
  }
  millis.sort((a, b) => a - b)
  const share = (of: number) => Math.round(millis[Math.min(millis.length - 1, Math.floor(of * millis.length))] ?? 0)
  const reached = Math.round((1_000 * millis.length) / (lastSeen - firstDue))
  return { rows: millis.length, p50: share(0.5), p90: share(0.9), p99: share(0.99), max: share(1), reached }
}
