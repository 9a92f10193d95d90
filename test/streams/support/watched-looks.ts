import type { Log } from '../../../streams/port.ts'
import { withWriters } from './faulty-log.ts'

/** The same log, with what happens before each of its looks, counted from 1; what that gives is answered instead. */
export function withLooks(log: Log, before: (look: number) => [] | undefined): Log {
  let looks = 0
  return {
    ...withWriters(log, (_id, writer) => writer),
    async reader() {
      const reader = await log.reader()
      return {
        close: () => reader.close(),
        async fetch(positions, waitMs, maxBytes) {
          looks += 1
          return before(looks) ?? reader.fetch(positions, waitMs, maxBytes)
        },
      }
    },
  }
}
