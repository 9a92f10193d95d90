import type { RecordCodec } from '../avro/codec.ts'
import type { RefusalReason } from '../processors/refusal.ts'
import { type Log, type LogReader, type Position, partitionKey, type TopicPartition } from './port.ts'
import { readRange } from './task-inputs.ts'

/** What is read again, through what, and what ends it. */
export type Replay = { readonly log: Log; readonly codec: RecordCodec; readonly signal?: AbortSignal | undefined }

/** Where a record stands, as text. */
export function placeOf(where: TopicPartition, offset: number): string {
  return `${partitionKey(where)}@${offset}`
}

/**
 * The places of the records that a processor has refused, or of those it refused for one reason: only its dead letters know them.
 * They are read from the positions `letters` on.
 */
export async function refusedRecords(
  { log, codec, signal }: Replay,
  reader: LogReader,
  letters: readonly Position[],
  reason?: RefusalReason,
): Promise<ReadonlySet<string>> {
  const bounds = await log.bounds(letters)
  const refused = new Set<string>()
  for (const from of letters) {
    const end = bounds.get(partitionKey(from))?.end ?? 0
    for await (const batch of readRange(reader, codec, from, end, { signal })) {
      for (const { input } of batch) {
        if (input?.kind !== 'data' || (reason !== undefined && input.value.reason !== reason)) continue
        const { source_topic, source_partition, source_offset } = input.value
        const source = { topic: String(source_topic), partition: Number(source_partition) }
        refused.add(placeOf(source, Number(source_offset)))
      }
    }
  }
  return refused
}
