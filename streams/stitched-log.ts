import {
  type Fetched,
  type Log,
  type LogReader,
  type LogWriter,
  type Position,
  partitionKey,
  type TopicPartition,
} from './port.ts'

/**
 * Two logs as one: of each partition that has a cut, the records of `before` below the cut and behind them those of `after`, whose
 * offsets go on from the cut. A partition without a cut is that of `after`. Everything is written to `after`, and positions are
 * committed there; a group that has committed none in a partition with a cut stands at the cut. So a task that has never run takes
 * what is before the cut into its state as it would after a restart, and answers what comes behind it.
 */
export function stitchedLog(before: Log, after: Log, cuts: ReadonlyMap<string, number>): Log {
  const cutOf = (where: TopicPartition): number => cuts.get(partitionKey(where)) ?? 0
  const inAfter = (position: Position): Position => ({ ...position, offset: position.offset - cutOf(position) })

  return {
    async reader() {
      const [earlier, later] = [await before.reader(), await after.reader()]
      return stitchedReader(earlier, later, cutOf)
    },
    async writer(transactionalId): Promise<LogWriter> {
      const writer = await after.writer(transactionalId)
      return {
        fence: () => writer.fence(),
        close: () => writer.close(),
        commit: ({ records, offsets }) =>
          writer.commit({
            records,
            ...(offsets ? { offsets: { group: offsets.group, positions: offsets.positions.map(inAfter) } } : {}),
          }),
      }
    },
    membership: (group, topics, mode) => after.membership(group, topics, mode),
    async committed(group, partitions) {
      const committed = await after.committed(group, partitions)
      const positions = partitions.flatMap((each): [string, number][] => {
        const key = partitionKey(each)
        const offset = committed.get(key) ?? (cuts.has(key) ? 0 : undefined)
        return offset === undefined ? [] : [[key, offset + cutOf(each)]]
      })
      return new Map(positions)
    },
    notes: (group, partitions) => after.notes(group, partitions),
    async bounds(partitions) {
      const cut = partitions.filter((each) => cuts.has(partitionKey(each)))
      const [earlier, later] = await Promise.all([before.bounds(cut), after.bounds(partitions)])
      const bounds = partitions.map((each): [string, { start: number; end: number }] => {
        const key = partitionKey(each)
        const { start, end } = later.get(key) ?? { start: 0, end: 0 }
        return [key, { start: earlier.get(key)?.start ?? start, end: cutOf(each) + end }]
      })
      return new Map(bounds)
    },
    close: async () => void (await Promise.all([before.close(), after.close()])),
  }
}

function stitchedReader(earlier: LogReader, later: LogReader, cutOf: (where: TopicPartition) => number): LogReader {
  return {
    async fetch(positions, waitMs) {
      const old = positions.filter((each) => each.offset < cutOf(each))
      const fresh = positions.filter((each) => each.offset >= cutOf(each))
      const shifted = fresh.map((each) => ({ ...each, offset: each.offset - cutOf(each) }))
      // Below a cut there is something to read, so nobody waits for the other log.
      const [left, right] = await Promise.all([
        old.length > 0 ? earlier.fetch(old, waitMs) : [],
        fresh.length > 0 ? later.fetch(shifted, old.length > 0 ? 0 : waitMs) : [],
      ])
      return [...left.map((each) => below(each, cutOf(each))), ...right.map((each) => behind(each, cutOf(each)))]
    },
    close: async () => void (await Promise.all([earlier.close(), later.close()])),
  }
}

/** What a look at the older log gave. That something may follow behind the cut is all that its reader may conclude of the end. */
function below(fetched: Fetched, cut: number): Fetched {
  const records = fetched.records.filter(({ offset }) => offset < cut)
  return {
    ...fetched,
    records,
    nextOffset: Math.min(fetched.nextOffset, cut),
    endOffset: cut + 1,
    stableOffset: cut + 1,
  }
}

function behind(fetched: Fetched, cut: number): Fetched {
  return {
    ...fetched,
    records: cut === 0 ? fetched.records : fetched.records.map((each) => ({ ...each, offset: each.offset + cut })),
    nextOffset: fetched.nextOffset + cut,
    endOffset: fetched.endOffset + cut,
    stableOffset: fetched.stableOffset + cut,
    startOffset: fetched.startOffset + cut,
  }
}

/** The same log for a processor that has no state: nothing before a cut concerns it. */
export function fromCut(log: Log, cuts: ReadonlyMap<string, number>): Log {
  return {
    reader: () => log.reader(),
    writer: (id) => log.writer(id),
    membership: (group, topics, mode) => log.membership(group, topics, mode),
    committed: (group, partitions) => log.committed(group, partitions),
    notes: (group, partitions) => log.notes(group, partitions),
    async bounds(partitions) {
      const bounds = await log.bounds(partitions)
      return new Map([...bounds].map(([key, { start, end }]) => [key, { start: cuts.get(key) ?? start, end }]))
    },
    close: () => log.close(),
  }
}
