import type { LogRecord } from '../port.ts'
import type { RecordBatch } from './protocol/record-batch.ts'

/** An aborted transaction of a fetch response: who, and from which offset on. */
export type AbortedTransaction = { readonly producerId: number; readonly firstOffset: number }

const abortMarkerType = 0

/** A control record's key holds its version (int16) and type (int16); type 0 says that the transaction was aborted. */
function endsAbortedTransaction({ records }: RecordBatch): boolean {
  const key = records[0]?.key
  return key !== undefined && key !== null && key.length >= 4 && key.readInt16BE(2) === abortMarkerType
}

/**
 * The committed data records at or behind `fromOffset`, in offset order. kafkajs's own filter takes the list of aborted
 * transactions to be sorted and starts at most one per record, so with interleaved producers it lets aborted records
 * through; here the list is sorted by first offset and every transaction that has begun is taken up.
 */
export function committedRecords(
  batches: readonly RecordBatch[],
  aborted: readonly AbortedTransaction[],
  fromOffset: number,
): LogRecord[] {
  const upcoming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  const open = new Set<number>()
  const kept: LogRecord[] = []
  let next = 0
  for (const batch of batches) {
    // A transaction begins with a batch of its producer, so what begins within this batch is this batch.
    for (let begun = upcoming[next]; begun && begun.firstOffset <= batch.lastOffset; begun = upcoming[next]) {
      open.add(begun.producerId)
      next += 1
    }
    if (batch.isControl) {
      if (endsAbortedTransaction(batch)) open.delete(batch.producerId)
      continue
    }
    if (batch.inTransaction && open.has(batch.producerId)) continue
    for (const record of batch.records) if (record.offset >= fromOffset) kept.push(record)
  }
  return kept
}

/** Offset behind the last batch of a response, delivered or not; undefined when it held none. */
export function offsetBehind(batches: readonly RecordBatch[]): number | undefined {
  const last = batches.at(-1)
  return last && last.lastOffset + 1
}
