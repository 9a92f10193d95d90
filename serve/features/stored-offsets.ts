import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, partitionKey } from '../../streams/port.ts'
import { FeatureServiceError } from './errors.ts'

const SINK = 'sink'
const POLL_MS = 50

/** Says whether the history has what was written to a topic: the sink commits an offset once all before it is stored. */
export type StoredOffsets = {
  /** Offsets before which all is stored, by partition. */
  of(topic: string): Promise<readonly number[]>
  /**
   * Resolves once the history holds the record at `offset` of a partition. Throws {@link FeatureServiceError} when it still does
   * not after the time that was set.
   */
  reach(topic: string, needed: ReadonlyMap<number, number>): Promise<void>
  /** Resolves once the history holds all that partitions of a topic have at the time of the call. Throws as `reach`, and what the log throws. */
  reachEnd(topic: string, partitions: readonly number[]): Promise<void>
}

/** Asks the log for the committed offsets of the sink, and remembers what is stored for good. */
export function createStoredOffsets(log: Log, partitions: number, waitMs: number): StoredOffsets {
  const known = new Map<string, readonly number[]>()

  const ask = async (topic: string): Promise<readonly number[]> => {
    const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
    const committed = await log.committed(SINK, all)
    const offsets = all.map((each) => committed.get(partitionKey(each)) ?? 0)
    known.set(topic, offsets)
    return offsets
  }

  const stored: StoredOffsets = {
    of: ask,
    async reach(topic, needed) {
      const lacking = (stored: readonly number[]) =>
        [...needed].find(([partition, offset]) => (stored[partition] ?? 0) <= offset)
      let missing = lacking(known.get(topic) ?? [])
      const deadline = performance.now() + waitMs
      while (missing !== undefined) {
        missing = lacking(await ask(topic))
        if (missing === undefined) return
        if (performance.now() > deadline) {
          const [partition, offset] = missing
          const message =
            `ClickHouse does not hold ${topic}[${partition}]@${offset} yet, which the answer needs: ` +
            'is the sink running (`barline worker sink`), and how far behind is it?'
          throw new FeatureServiceError('FEATURES_HISTORY_BEHIND', message, { topic, partition, offset })
        }
        await sleep(POLL_MS)
      }
    },
    async reachEnd(topic, wanted) {
      if (wanted.length === 0) return
      const places = [...new Set(wanted)].map((partition) => ({ topic, partition }))
      const bounds = await log.bounds(places)
      const last = places.flatMap((place): [number, number][] => {
        const { start, end } = bounds.get(partitionKey(place)) ?? { start: 0, end: 0 }
        return end > start ? [[place.partition, end - 1]] : []
      })
      await stored.reach(topic, new Map(last))
    },
  }
  return stored
}
