/** A record as kafkajs decodes it from a fetch response. */
export type DecodedRecord = {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer | Buffer[]>>
  readonly isControlRecord: boolean
  readonly batchContext?: {
    readonly producerId: string
    readonly inTransaction: boolean
    readonly firstOffset: string
    readonly lastOffsetDelta: number
  }
}

/** An aborted transaction of a fetch response: who, and from which offset on. */
export type AbortedTransaction = { readonly producerId: string; readonly firstOffset: string }

const abortMarkerType = 0

/** A control record's key holds its version (int16) and type (int16); type 0 says that the transaction was aborted. */
function endsAbortedTransaction(record: DecodedRecord): boolean {
  return (
    record.isControlRecord &&
    record.key !== null &&
    record.key.length >= 4 &&
    record.key.readInt16BE(2) === abortMarkerType
  )
}

/**
 * The committed data records at or behind `fromOffset`, in offset order. kafkajs's own filter takes the list of aborted
 * transactions to be sorted and starts at most one per record, so with interleaved producers it lets aborted records
 * through; here the list is sorted by first offset and every transaction that has begun is taken up.
 */
export function committedRecords<R extends DecodedRecord>(
  records: readonly R[],
  aborted: readonly AbortedTransaction[],
  fromOffset: number,
): R[] {
  const upcoming = aborted
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
    .sort((a, b) => a.firstOffset - b.firstOffset)
  const open = new Set<string>()
  const kept: R[] = []
  let next = 0
  for (const record of records) {
    const offset = Number(record.offset)
    for (let begun = upcoming[next]; begun && begun.firstOffset <= offset; begun = upcoming[next]) {
      open.add(begun.producerId)
      next += 1
    }
    const producerId = record.batchContext?.producerId ?? '-1'
    if (record.isControlRecord) {
      if (endsAbortedTransaction(record)) open.delete(producerId)
      continue
    }
    const isAborted = record.batchContext?.inTransaction === true && open.has(producerId)
    if (!isAborted && offset >= fromOffset) kept.push(record)
  }
  return kept
}

/** Offset behind the last record of a response, delivered or not; undefined when it held none. */
export function offsetBehind(records: readonly DecodedRecord[]): number | undefined {
  const last = records.at(-1)
  if (!last) return undefined
  const batch = last.batchContext
  const endOfBatch = batch ? Number(batch.firstOffset) + batch.lastOffsetDelta : Number(last.offset)
  return Math.max(Number(last.offset), endOfBatch) + 1
}
