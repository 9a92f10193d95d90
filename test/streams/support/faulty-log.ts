import { setTimeout as sleep } from 'node:timers/promises'
import { LogUnavailableError } from '../../../streams/errors.ts'
import type { Log, LogWriter, TransactionContent } from '../../../streams/port.ts'

/** When a commit is to fail: not at all, before it takes effect, or after (the writer cannot tell which). */
export type CommitFault = 'before' | 'after' | undefined

/** A log whose commits fail as `faultOf` says; everything else goes through. */
export function withCommitFaults(
  log: Log,
  faultOf: (transactionalId: string, content: TransactionContent) => CommitFault,
): Log {
  const faulty = (id: string, writer: LogWriter): LogWriter => ({
    fence: () => writer.fence(),
    close: () => writer.close(),
    commit: async (content) => {
      const fault = faultOf(id, content)
      if (fault === 'before') throw new LogUnavailableError(`Committing ${id}`, 'injected before')
      await writer.commit(content)
      if (fault === 'after') throw new LogUnavailableError(`Committing ${id}`, 'injected after')
    },
  })
  return withWriters(log, faulty)
}

/** A log whose writers are replaced by what `wrap` makes of them. */
export function withWriters(log: Log, wrap: (id: string, writer: LogWriter) => LogWriter): Log {
  return {
    reader: () => log.reader(),
    writer: async (id) => wrap(id, await log.writer(id)),
    membership: (group, topics, mode) => log.membership(group, topics, mode),
    committed: (group, partitions) => log.committed(group, partitions),
    notes: (group, partitions) => log.notes(group, partitions),
    bounds: (partitions) => log.bounds(partitions),
    close: () => log.close(),
  }
}

/** A log on which every commit takes so long. */
export function withSlowCommits(log: Log, millis: number): Log {
  return withWriters(log, (_id, writer) => ({
    fence: () => writer.fence(),
    close: () => writer.close(),
    commit: async (content) => {
      await sleep(millis)
      await writer.commit(content)
    },
  }))
}
