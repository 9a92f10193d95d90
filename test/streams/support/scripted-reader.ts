import type { Fetched, Log, Position } from '../../../streams/port.ts'

/** A log of which only the reader is used, and what that answers is up to the test. */
export function readerOnly(fetch: (positions: readonly Position[]) => Promise<readonly Fetched[]>): Log {
  const absent = () => {
    throw new Error('Only the reader of this log is there')
  }
  return {
    reader: async () => ({ fetch, close: async () => undefined }),
    writer: absent,
    membership: absent,
    committed: absent,
    notes: absent,
    bounds: absent,
    close: async () => undefined,
  }
}
