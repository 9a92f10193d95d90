import type { RecordCodec } from '../../avro/codec.ts'
import { decodeInput } from '../../streams/input-record.ts'
import { type Log, type LogRecord, type Position, partitionKey } from '../../streams/port.ts'
import { readPartition } from '../../streams/stretch.ts'
import { processorNames } from '../../topics/topics.ts'
import { readAll } from '../backfill/read-log.ts'
import { type Letter, letterIn, lettersTopic, parseLetterId } from './letter.ts'

/** Which letters; what is absent does not matter. Times in UTC epoch milliseconds, of the refused record. */
export type LetterFilter = {
  readonly processor?: Letter['processor']
  readonly reason?: string
  readonly symbol?: string
  readonly fromTs?: number
  /** Before this. */
  readonly toTs?: number
}

/** What letters are read through. */
export type LetterSource = { readonly log: Log; readonly codec: RecordCodec; readonly partitions: number }

/** The letters that a filter lets through, by processor in the order of the chain, partition and offset. */
export async function* readLetters(source: LetterSource, filter: LetterFilter): AsyncGenerator<Letter> {
  const { log, codec, partitions } = source
  for (const processor of processorNames) {
    if (filter.processor !== undefined && filter.processor !== processor) continue
    for (let partition = 0; partition < partitions; partition += 1) {
      for await (const batch of readAll(log, codec, { topic: lettersTopic(processor), partition })) {
        for (const record of batch) {
          // What is no letter was refused by the sink, and is one there.
          if (record.kind !== 'data') continue
          const letter = letterIn(processor, record)
          if (await passes(letter, filter, codec)) yield letter
        }
      }
    }
  }
}

/** The letter of an id. Throws RangeError when there is none. */
export async function findLetter(source: LetterSource, id: string): Promise<Letter> {
  const { processor, partition, offset } = parseLetterId(id)
  const isThere = partition < source.partitions
  const record = isThere ? await recordAt(source.log, { topic: lettersTopic(processor), partition, offset }) : undefined
  const decoded = record && (await decodeInput(source.codec, { topic: lettersTopic(processor), partition }, record))
  if (decoded?.input?.kind !== 'data') {
    throw new RangeError(
      `There is no dead letter ${id}; \`barline dead-letters list --processor ${processor}\` has those there are`,
    )
  }
  return letterIn(processor, decoded.input)
}

/** The refused record as it was: from the letter, or where that left the bytes out, from where it was read. */
export async function originalOf({ log }: LetterSource, { original, source }: Letter): Promise<LogRecord | undefined> {
  return original ?? (await recordAt(log, source))
}

async function recordAt(log: Log, position: Position): Promise<LogRecord | undefined> {
  const { start, end } = (await log.bounds([position])).get(partitionKey(position)) ?? { start: 0, end: 0 }
  if (position.offset < start || position.offset >= end) return undefined
  const place = { start: position.offset, end: position.offset + 1 }
  for await (const [record] of readPartition(log, position, place)) return record
  return undefined
}

async function passes(letter: Letter, filter: LetterFilter, codec: RecordCodec): Promise<boolean> {
  const { reason, symbol, fromTs, toTs } = filter
  const { timestamp } = letter.source
  if (reason !== undefined && letter.reason !== reason) return false
  if ((fromTs !== undefined && timestamp < fromTs) || (toTs !== undefined && timestamp >= toTs)) return false
  return symbol === undefined || letter.key === symbol || (await symbolIn(letter, codec)) === symbol
}

/** The symbol in the value of the refused record, where that can be read. */
async function symbolIn({ original, source }: Letter, codec: RecordCodec): Promise<unknown> {
  if (!original) return undefined
  const { input } = await decodeInput(codec, source, original)
  return input?.kind === 'data' ? input.value.symbol : undefined
}
