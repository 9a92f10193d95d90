import type { InputHead, InputRecord, Processor } from '../processors/processor.ts'
import type { Chunk } from './chunk.ts'
import type { Clock } from './clock.ts'
import type { InputBuffer } from './input-feed.ts'
import type { DecodedInput } from './input-record.ts'
import { partitionKey } from './port.ts'

/**
 * Bounds of one transaction. `intervalMs`: while records keep coming, a task commits no more often than this unless half a
 * chunk lies ready; the first record after a calm is taken at once. `floodMs`: as long as much keeps coming, it may wait this long, but
 * no longer than `commitsOfWait` times what its last commit took (never less than `intervalMs`).
 */
export type ChunkLimits = {
  readonly records: number
  readonly bytes: number
  readonly millis: number
  readonly intervalMs: number
  readonly floodMs: number
  readonly commitsOfWait: number
}

/** A record on which the processor threw: its state is no longer to be trusted. */
export class ProcessingError extends Error {
  readonly code = 'PROCESSING_FAILED'
  readonly retriable = true
  readonly source: DecodedInput
  constructor(source: DecodedInput, cause: unknown) {
    super(`${partitionKey(source.where)}@${source.raw.offset} could not be processed: ${String(cause)}`, { cause })
    this.name = 'ProcessingError'
    this.source = source
  }
}

/** Takes records from the buffers into a chunk; returns how many were taken. */
export type FillChunk = (buffers: readonly InputBuffer[], chunk: Chunk, limits: ChunkLimits) => Promise<number>

/** Says whether a record has failed so often that it is to be refused unread; the words are for its dead letter. */
export type IsPoisoned = (record: DecodedInput) => string | undefined

/** Refuses a record that cannot be decoded or has proved to be poison; whether it did. */
export function refuseUnread(record: DecodedInput, chunk: Chunk, isPoisoned: IsPoisoned): boolean {
  const failed = isPoisoned(record)
  const refusal =
    record.refusal ?? (failed === undefined ? undefined : { reason: 'PROCESSING_FAILED' as const, message: failed })
  if (!refusal) return false
  chunk.take(record).refuse(refusal)
  return true
}

type MutableHead = { -readonly [Key in keyof InputHead]: InputHead[Key] }

/** Runs a fold: head by head in the order it chooses, until it waits or the chunk is full. */
export function foldRunner(processor: Processor, isPoisoned: IsPoisoned, clock: Clock): FillChunk {
  return async (buffers, chunk, limits) => {
    const startedAt = clock.now()
    let taken = 0
    const isFull = () => taken >= limits.records || chunk.bytes >= limits.bytes
    /** Refuses unreadable records until the head of a buffer is one that the processor can take, or there is none, or the chunk is full. */
    const headOf = (buffer: InputBuffer): InputRecord | undefined => {
      for (let head = buffer.head; head && !isFull(); head = buffer.head) {
        if (!refuseUnread(head, chunk, isPoisoned)) return head.input
        buffer.take()
        taken += 1
      }
      return undefined
    }
    // One array for all selections: only the head that was taken changes between two of them.
    const heads: MutableHead[] = buffers.map((buffer) => ({
      ...buffer.where,
      record: headOf(buffer),
      caughtUp: buffer.caughtUp,
      look: buffer.look,
    }))
    while (!isFull()) {
      if (taken % 64 === 63 && clock.now() - startedAt > limits.millis) break
      const index = selected(processor, heads, buffers)
      const buffer = index === undefined ? undefined : buffers[index]
      const head = index === undefined ? undefined : heads[index]
      const record = buffer?.take()
      if (!buffer || !head || !record?.input) break
      try {
        processor.apply(record.input, chunk.take(record))
      } catch (cause) {
        throw new ProcessingError(record, cause)
      }
      taken += 1
      head.record = headOf(buffer)
      head.look = buffer.look
    }
    return taken
  }
}

/** What the processor selects. When it throws, the head without which it would not have is named as the record at fault. */
function selected(processor: Processor, heads: readonly InputHead[], buffers: readonly InputBuffer[]) {
  try {
    return processor.select(heads)
  } catch (cause) {
    const atFault = heads.findIndex(({ record }, index) => record && canSelect(processor, without(heads, index)))
    const source = buffers[atFault]?.head
    throw source ? new ProcessingError(source, cause) : cause
  }
}

function canSelect(processor: Processor, heads: readonly InputHead[]): boolean {
  try {
    processor.select(heads)
    return true
  } catch {
    return false
  }
}

const without = (heads: readonly InputHead[], index: number): InputHead[] =>
  heads.map((head, each) => (each === index ? { ...head, record: undefined } : head))
