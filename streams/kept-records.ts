import { z } from 'zod'
import type { TakenInput, TakenRecord } from '../processors/processor.ts'
import type { Chunk } from './chunk.ts'
import type { InputBuffer } from './input-feed.ts'
import { decodeInput } from './input-record.ts'
import { isMarkerRecord } from './marker-record.ts'
import { type Position, partitionKey } from './port.ts'
import { placeOf, type Replay, refusedRecords } from './refused-records.ts'
import { readStretch } from './stretch.ts'

const noteSchema = z.object({ from: z.number().int(), kept: z.number().int() })

/** Of one input: how many data records from the offset `from` on were taken and not refused. */
type Account = z.infer<typeof noteSchema>

/** An account in the words that a committed position carries. */
export function noteOf({ from, kept }: Account): string {
  return JSON.stringify({ from, kept })
}

function accountIn(note: string | undefined): Account | undefined {
  if (note === undefined) return undefined
  try {
    return noteSchema.safeParse(JSON.parse(note)).data
  } catch {
    // Somebody else's words, as `kafka-consumer-groups` leaves them: then nobody has counted.
    return undefined
  }
}

/**
 * The inputs of a task as an audit is to see them: the group's committed positions, with the count that their notes carry, and a
 * way to read the records once more.
 */
export async function takenInputs(
  replay: Replay,
  processorName: string,
  starts: readonly Position[],
  positions: readonly Position[],
): Promise<TakenInput[]> {
  const [notes, bounds] = await Promise.all([replay.log.notes(processorName, positions), replay.log.bounds(positions)])
  return positions.map((position, index) => {
    const { topic, partition, offset: to } = position
    const start = starts[index]?.offset ?? 0
    const account = accountIn(notes.get(partitionKey(position)))
    const nothing = to <= start && account === undefined
    const from = account?.from ?? start
    const kept = nothing ? 0 : account?.kept
    const read = () => readAgain(replay, processorName, { topic, partition, offset: Math.max(from, start) }, to)
    const end = Math.max(to, bounds.get(partitionKey(position))?.end ?? to)
    return { topic, partition, from, to, end, kept, read }
  })
}

async function* readAgain(
  replay: Replay,
  processorName: string,
  from: Position,
  to: number,
): AsyncGenerator<readonly TakenRecord[]> {
  const { log, codec, signal } = replay
  const reader = await log.reader()
  try {
    const letters = { topic: `dead-letters.${processorName}`, partition: from.partition }
    const start = (await log.bounds([letters])).get(partitionKey(letters))?.start ?? 0
    const refused = await refusedRecords(replay, reader, [{ ...letters, offset: start }])
    for await (const records of readStretch(reader, from, to, { signal })) {
      yield records
        .filter((raw) => !isMarkerRecord(raw) && !refused.has(placeOf(from, raw.offset)))
        .map((raw) => ({
          offset: raw.offset,
          decoded: async () => {
            const { input } = await decodeInput(codec, from, raw)
            return input?.kind === 'data' ? input : undefined
          },
        }))
    }
  } finally {
    await reader.close()
  }
}

/** Goes on counting what an audited task keeps of each of its inputs. */
export class KeptRecords {
  readonly #before: readonly Account[]
  readonly #buffers: readonly InputBuffer[]
  readonly #refused = new Map<string, number>()

  constructor(inputs: readonly TakenInput[], kept: readonly number[], buffers: readonly InputBuffer[]) {
    this.#before = inputs.map(({ from }, index) => ({ from, kept: kept[index] ?? 0 }))
    this.#buffers = buffers
  }

  /** The note of an input once everything taken so far, the chunk included, is committed. */
  notesWith({ refusedData }: Chunk): readonly string[] {
    for (const [key, count] of refusedData) this.#refused.set(key, (this.#refused.get(key) ?? 0) + count)
    return this.#buffers.map(({ where, dataTaken }, index) => {
      const { from = 0, kept = 0 } = this.#before[index] ?? {}
      return noteOf({ from, kept: kept + dataTaken - (this.#refused.get(partitionKey(where)) ?? 0) })
    })
  }
}
