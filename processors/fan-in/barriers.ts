/** The barrier times known beforehand, and how long after one of them its records may still come; milliseconds. */
export interface BarrierGrid {
  readonly graceMs: number
  /** The newest barrier time < `ts`; undefined before the first. */
  newestBefore(ts: number): number | undefined
}

/**
 * All barriers up to `upTo` have closed. `knownAt` holds for every barrier that this closing adds: the maximum over all
 * partitions of `known_at` up to and with the first record that passed it there. UTC epoch milliseconds.
 */
export type Closing = { readonly upTo: number; readonly knownAt: number }

/** How far the partitions of a fan-in have come in event time, and which barriers that closes. */
export interface Barriers {
  /** Takes the next record of a partition and returns what closes, oldest first. Throws RangeError on another partition. */
  advance(partition: number, ts: number, knownAt: number): readonly Closing[]
  /** Running maximum of `ts` on the partition; -Infinity before its first record. */
  passed(partition: number): number
  /** The newest barrier that the partition by itself has passed; -Infinity before the first. */
  newestPassed(partition: number): number
  /** How often the partition has passed further barriers since the last that closed: what it is ahead by. */
  lead(partition: number): number
  /** The partitions that every open barrier waits for. */
  laggards(): readonly number[]
  /** A copy of what is known of each partition. */
  snapshot(): BarriersSnapshot
  /** Replaces it by a copy of a snapshot's. Throws RangeError when that is of another number of partitions. */
  restore(snapshot: BarriersSnapshot): void
}

type Passage = { readonly upTo: number; readonly knownAt: number }

type PartitionProgress = { passed: number; knownAt: number; newestPassed: number; readonly passages: Passage[] }

/** How far each partition has come, as data. */
export type BarriersSnapshot = readonly (Readonly<Omit<PartitionProgress, 'passages'>> & {
  readonly passages: readonly Passage[]
})[]

/**
 * Tracks barriers over `partitions` input partitions. A partition passes T with its first record of `ts` > T + grace.
 *
 * Each partition queues its passages, and a closing is taken only while every queue has a head: it closes up to the smallest
 * head. That is a merge of the queues, so the closings are a function of what each partition has brought and not of how
 * they interleaved. They step over grid times between which no partition has said anything, and lose nothing by it: for all
 * barriers of one closing the first record to pass them is the same on every partition.
 *
 * `knownAt` is the running maximum on the partition, not that of the passing record alone. The two are equal while `known_at`
 * does not fall along a partition, as ingest orders it; where a late record makes it fall, only the maximum covers every
 * member of the barrier (no look-ahead).
 *
 * Grid times up to those that a partition's first record passes count as closed and empty there.
 */
export function createBarriers(partitions: number, grid: BarrierGrid): Barriers {
  let all = Array.from({ length: partitions }, (): PartitionProgress => {
    const never = Number.NEGATIVE_INFINITY
    return { passed: never, knownAt: never, newestPassed: never, passages: [] }
  })
  const of = (partition: number): PartitionProgress => {
    const progress = all[partition]
    if (!progress) throw new RangeError(`Partition ${partition} is not one of ${partitions}`)
    return progress
  }
  return {
    advance(partition, ts, knownAt) {
      const progress = of(partition)
      progress.knownAt = Math.max(progress.knownAt, knownAt)
      if (ts <= progress.passed) return []
      progress.passed = ts
      const upTo = grid.newestBefore(ts - grid.graceMs)
      if (upTo === undefined || upTo <= progress.newestPassed) return []
      progress.newestPassed = upTo
      progress.passages.push({ upTo, knownAt: progress.knownAt })
      return mergePassages(all)
    },
    passed: (partition) => of(partition).passed,
    newestPassed: (partition) => of(partition).newestPassed,
    lead: (partition) => of(partition).passages.length,
    laggards: () => [...all.keys()].filter((partition) => of(partition).passages.length === 0),
    snapshot: () => all.map(copyOf),
    restore(snapshot) {
      if (snapshot.length !== partitions) {
        throw new RangeError(`Cannot restore ${snapshot.length} partitions into ${partitions}`)
      }
      all = snapshot.map(copyOf)
    },
  }
}

function copyOf(progress: BarriersSnapshot[number]): PartitionProgress {
  return { ...progress, passages: [...progress.passages] }
}

function mergePassages(all: readonly PartitionProgress[]): readonly Closing[] {
  const closings: Closing[] = []
  for (;;) {
    let upTo = Number.POSITIVE_INFINITY
    let knownAt = Number.NEGATIVE_INFINITY
    for (const { passages } of all) {
      const head = passages[0]
      if (!head) return closings
      upTo = Math.min(upTo, head.upTo)
      knownAt = Math.max(knownAt, head.knownAt)
    }
    closings.push({ upTo, knownAt })
    for (const { passages } of all) if (passages[0]?.upTo === upTo) passages.shift()
  }
}
