import type { Log, TransactionContent } from '../../streams/port.ts'

/** Told of every transaction, after it was committed. */
export type OnCommit = (transactionalId: string, content: TransactionContent) => void

/** Told of the positions from which a task goes on, by partition key. */
export type OnPositions = (positions: ReadonlyMap<string, number>) => void

/** A log that tells of its commits, and of the committed positions that are asked for. */
export function watchedLog(log: Log, onCommit: OnCommit, onPositions: OnPositions = () => undefined): Log {
  return {
    reader: () => log.reader(),
    async writer(transactionalId) {
      const writer = await log.writer(transactionalId)
      return {
        fence: () => writer.fence(),
        async commit(content) {
          await writer.commit(content)
          onCommit(transactionalId, content)
        },
        close: () => writer.close(),
      }
    },
    membership: (group, topics, mode) => log.membership(group, topics, mode),
    async committed(group, partitions) {
      const positions = await log.committed(group, partitions)
      onPositions(positions)
      return positions
    },
    notes: (group, partitions) => log.notes(group, partitions),
    bounds: (partitions) => log.bounds(partitions),
    close: () => log.close(),
  }
}
