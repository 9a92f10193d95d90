import type { RecordCodec } from '../avro/codec.ts'
import { beginningMark } from './beginning-mark.ts'
import { DataLossError, InputWithoutOffsetError, StateLostError } from './errors.ts'
import { type DecodedInput, decodeInput } from './input-record.ts'
import { firstWithRecords, ownPartitions } from './own-records.ts'
import { type Log, type LogReader, type LogWriter, type Position, partitionKey, type TopicPartition } from './port.ts'
import { readStretch, type StretchOptions } from './stretch.ts'

/**
 * Where a task goes on: the committed position of each input. A task that has never committed begins at the oldest records
 * and commits those positions first, so that from then on a missing position means that an input was added, and none at all that
 * the topics were deleted. One that has written, but has neither positions nor the mark of its beginning, has lost them.
 */
export async function committedPositions(
  log: Log,
  writer: LogWriter,
  group: string,
  inputs: readonly TopicPartition[],
): Promise<{ positions: Position[]; starts: Position[] }> {
  const marks = beginningMark(group, inputs)
  const [committed, bounds] = await Promise.all([log.committed(group, [...inputs, ...marks]), log.bounds(inputs)])
  const starts = inputs.map((input) => ({ ...input, offset: bounds.get(partitionKey(input))?.start ?? 0 }))
  const missing = inputs.filter((input) => !committed.has(partitionKey(input)))
  const unmarked = marks.filter((mark) => !committed.has(partitionKey(mark)))
  if (missing.length === inputs.length) {
    if (unmarked.length < marks.length) throw new StateLostError(group, deleted(inputs))
    const written = await firstWithRecords(log, ownPartitions(group, inputs))
    if (written) {
      // A newer owner may have begun since: its positions came before its records, and this task will find itself fenced.
      const begun = await log.committed(group, inputs)
      if (begun.size > 0) return committedPositions(log, writer, group, inputs)
      throw new StateLostError(group, forgotten(written), beginAnew)
    }
    await writer.commit({ records: [], offsets: { group, positions: [...starts, ...unmarked] } })
    return { positions: starts, starts }
  }
  if (missing.length > 0) throw new InputWithoutOffsetError(group, missing)
  const positions = inputs.map((input) => ({ ...input, offset: committed.get(partitionKey(input)) ?? 0 }))
  for (const [index, position] of positions.entries()) {
    const start = starts[index]
    if (start && start.offset > position.offset) throw new DataLossError(position, position.offset, start.offset)
  }
  await lookBehindEnd(
    log,
    positions.filter((position) => position.offset > (bounds.get(partitionKey(position))?.end ?? position.offset)),
  )
  // A task that began before there were marks.
  if (unmarked.length > 0) await writer.commit({ records: [], offsets: { group, positions: unmarked } })
  return { positions, starts }
}

const deleted = (inputs: readonly TopicPartition[]): string =>
  `it has run, and its committed positions on ${inputs.map(partitionKey).join(', ')} are gone, as when a topic is deleted and made anew`

const forgotten = (written: TopicPartition): string =>
  `it has written to ${partitionKey(written)}, but its group has no committed positions. The broker forgets those of a group that has ` +
  'rested for offsets.retention.minutes (7 days by default), or the group was deleted'

const beginAnew =
  'To read everything again would write everything again; put the positions back, or begin anew on purpose, as "Positions that the ' +
  'broker forgets" in docs/configuration.md says'

/** A position behind the end: either a new leader does not know the end yet, or the topic was made anew. The log tells by a look. */
async function lookBehindEnd(log: Log, positions: readonly Position[]): Promise<void> {
  if (positions.length === 0) return
  const reader = await log.reader()
  try {
    await reader.fetch(positions, 0)
  } finally {
    await reader.close()
  }
}

/** Reads a partition's committed records from one offset up to another, a batch at a time. */
export async function* readRange(
  reader: LogReader,
  codec: RecordCodec,
  from: Position,
  toOffset: number,
  options?: StretchOptions,
): AsyncGenerator<DecodedInput[]> {
  for await (const records of readStretch(reader, from, toOffset, options)) {
    const batch: DecodedInput[] = []
    for (const raw of records) batch.push(await decodeInput(codec, from, raw))
    yield batch
  }
}
