import type { Direction } from './frame.ts'

/** What a proxy does to all of its connections, beside what is done to single frames. */
export type Toxics = {
  /** Refuses new connections and resets those there are. */
  readonly down?: boolean
  /** Takes bytes and passes none on, while connections stay open. */
  readonly stalled?: boolean
  /** Delays each piece by so much. */
  readonly latencyMs?: number
  /** Passes bytes on in slices of so many. */
  readonly sliceBytes?: number
  /** Cuts a connection once so many bytes of answers have passed. */
  readonly limitBytes?: number
}

/** How bytes go on under the toxics in force: in slices, the last of which may be the end of the connection. */
export type Passage = { readonly slices: readonly Buffer[]; readonly thenCut: boolean }

/** Slices a piece, and cuts it short at the limit of answers. `passed` is how many bytes of answers went before. */
export function passageOf(bytes: Buffer, direction: Direction, passed: number, toxics: Toxics): Passage {
  const { sliceBytes = bytes.length, limitBytes = Number.POSITIVE_INFINITY } = toxics
  const room = direction === 'response' ? Math.max(0, limitBytes - passed) : bytes.length
  const kept = bytes.subarray(0, room)
  const slices: Buffer[] = []
  for (let start = 0; start < kept.length; start += Math.max(1, sliceBytes)) {
    slices.push(kept.subarray(start, start + Math.max(1, sliceBytes)))
  }
  return { slices, thenCut: room < bytes.length }
}
