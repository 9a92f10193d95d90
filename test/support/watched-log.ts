import type { Log, TransactionContent } from '../../streams/port.ts'

/** Told of every transaction, after it was committed. */
export type OnCommit = (transactionalId: string, content: TransactionContent) => void

/** A log that tells of its commits. */
export function watchedLog(log: Log, onCommit: OnCommit): Log {
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
    committed: (group, partitions) => log.committed(group, partitions),
    bounds: (partitions) => log.bounds(partitions),
    close: () => log.close(),
  }
}
