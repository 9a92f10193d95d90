import type { RawScore } from './cross-section.ts'

/** Raw scores that wait for their barrier. */
export interface WaitingScores {
  /** Adds a score, unless one of the same `ts` and symbol waits on that partition: then returns that one and keeps it. */
  add(partition: number, score: RawScore): RawScore | undefined
  /** Takes out what has `ts` <= `upTo`: a group per `ts`, oldest first, each in order of (partition, arrival). */
  take(upTo: number): readonly WaitingGroup[]
  /** What waits, as data. */
  snapshot(): readonly WaitingGroup[]
  /** Lets exactly what waited then wait. */
  restore(groups: readonly WaitingGroup[]): void
}

/** The scores of one `ts`, with the partition each came from. */
export type WaitingGroup = {
  readonly ts: number
  readonly scores: readonly { readonly partition: number; readonly score: RawScore }[]
}

/** Waiting scores over `partitions` input partitions; what they hold does not depend on how those interleave. */
export function createWaitingScores(partitions: number): WaitingScores {
  const groups = new Map<number, readonly Map<string, RawScore>[]>()
  /** The keys of `groups`, ascending. */
  const times: number[] = []

  const groupOf = (ts: number): readonly Map<string, RawScore>[] => {
    const known = groups.get(ts)
    if (known) return known
    const fresh = Array.from({ length: partitions }, () => new Map<string, RawScore>())
    groups.set(ts, fresh)
    // From the end: scores come nearly in order.
    times.splice(times.findLastIndex((time) => time < ts) + 1, 0, ts)
    return fresh
  }

  const waitingAt = (ts: number): WaitingGroup => {
    const scores = groupOf(ts).flatMap((bySymbol, partition) =>
      [...bySymbol.values()].map((score) => ({ partition, score })),
    )
    return { ts, scores }
  }

  return {
    add(partition, score) {
      const scores = groupOf(score.ts)[partition]
      const known = scores?.get(score.symbol)
      if (!known) scores?.set(score.symbol, score)
      return known
    },
    take(upTo) {
      const due = times.findIndex((time) => time > upTo)
      return times.splice(0, due < 0 ? times.length : due).map((ts) => {
        const group = waitingAt(ts)
        groups.delete(ts)
        return group
      })
    },
    snapshot: () => times.map(waitingAt),
    restore(restored) {
      groups.clear()
      times.length = 0
      for (const { scores } of restored) for (const { partition, score } of scores) this.add(partition, score)
    },
  }
}
