import type { ChunkProcessor, Emit, InputRecord, RememberingProcessor } from '../processors/processor.ts'
import type { Chunk } from './chunk.ts'
import { isRetriable } from './errors.ts'
import type { DecodedInput } from './input-record.ts'
import { type FillChunk, type IsPoisoned, refuseUnread } from './runner.ts'

/** A record alone is tried so often before it is refused: what fails may be a passing fault of what the processor works with. */
const attemptsAlone = 3
/** So many records at fault with none in between that is not: the fault is not theirs, and the task fails with the error. */
const maxAtFault = 100

/** Whether what a chunk processor makes of a record depends on the records before. */
export function remembers(processor: ChunkProcessor): processor is RememberingProcessor {
  return 'remember' in processor
}

/**
 * Runs a chunk processor: all that is at hand, partition by partition, up to the limit. When the processor throws what nobody has
 * classified, the chunk is halved until the records at fault stand alone; those become dead letters, the others are done. Errors
 * that say of themselves whether to try again are not about single records, and are thrown. A processor that remembers does so of
 * the dead letters too.
 */
export function chunkRunner(processor: ChunkProcessor, isPoisoned: IsPoisoned): FillChunk {
  return async (buffers, chunk, limits) => {
    const taken: DecodedInput[] = []
    for (const buffer of buffers) {
      for (let head = buffer.head; head && taken.length < limits.records; head = buffer.head) {
        buffer.take()
        taken.push(head)
      }
    }
    await applyInPieces(processor, taken, chunk, isPoisoned)
    return taken.length
  }
}

async function applyInPieces(
  processor: ChunkProcessor,
  taken: readonly DecodedInput[],
  chunk: Chunk,
  isPoisoned: IsPoisoned,
): Promise<void> {
  const pending: (readonly DecodedInput[])[] = [taken]
  let attemptsOnOne = 0
  let atFault = 0
  for (let piece = pending.pop(); piece; piece = pending.pop()) {
    const before = chunk.mark()
    try {
      await apply(processor, piece, chunk, isPoisoned)
      attemptsOnOne = 0
      atFault = 0
    } catch (error) {
      chunk.rollBack(before)
      if (isRetriable(error) !== undefined) throw error
      const [only] = piece
      if (piece.length > 1) {
        const middle = piece.length >> 1
        pending.push(piece.slice(middle), piece.slice(0, middle))
        continue
      }
      attemptsOnOne += 1
      if (attemptsOnOne < attemptsAlone) {
        pending.push(piece)
        continue
      }
      attemptsOnOne = 0
      atFault += 1
      if (!only || atFault >= maxAtFault) throw error
      chunk.take(only).refuse({ reason: 'PROCESSING_FAILED', message: `${attemptsAlone} times: ${String(error)}` })
      if (only.input && remembers(processor)) processor.remember(only.input)
    }
  }
}

async function apply(
  processor: ChunkProcessor,
  piece: readonly DecodedInput[],
  chunk: Chunk,
  isPoisoned: IsPoisoned,
): Promise<void> {
  const records: InputRecord[] = []
  const emits: Emit[] = []
  for (const each of piece) {
    if (refuseUnread(each, chunk, isPoisoned) || !each.input) continue
    records.push(each.input)
    emits.push(chunk.take(each))
  }
  await processor.applyChunk(records, (index) => emits[index] ?? outOfRange(index))
}

function outOfRange(index: number): never {
  throw new RangeError(`A chunk processor asked for the emit of record ${index}, which is not in the chunk`)
}
