import type { ChunkBlock, IndexedRecord } from './chunk-blocks.ts'
import { insertToken } from './chunk-blocks.ts'
import type { ClickHouse } from './clickhouse-client.ts'
import type { ClickHouseRejectedError } from './errors.ts'
import { type RowEncoder, rowFormat } from './row-binary.ts'
import type { RowBuffer } from './row-buffer.ts'

/** Encoded rows that fit one insert: record i lies between `starts[i]` and `starts[i + 1]` of the buffer. */
export type Batch = {
  readonly block: ChunkBlock
  readonly encoder: RowEncoder
  readonly buffer: RowBuffer
  readonly records: readonly IndexedRecord[]
  readonly starts: readonly number[]
}

/** A row that ClickHouse would not take even alone. */
export type RejectedRow = { readonly record: IndexedRecord; readonly error: ClickHouseRejectedError }

/** An insert that was acknowledged. */
export type InsertReport = {
  readonly table: string
  readonly rows: number
  readonly bytes: number
  readonly milliseconds: number
}

/** What {@link insertBatch} needs besides the batch. */
export type InsertBatchOptions = {
  readonly client: ClickHouse
  /** Most inserts one batch may cost; beyond it the fault is taken to be not of single rows, and the error is thrown. */
  readonly maxInserts: number
  readonly report: (report: InsertReport) => void
}

/**
 * Inserts a batch. If ClickHouse rejects it for its rows, halves it until the rows at fault stand alone, and returns them;
 * the others are in. The halves depend on the batch alone, so a repetition sends the same inserts with the same tokens.
 */
export async function insertBatch(batch: Batch, options: InsertBatchOptions): Promise<RejectedRow[]> {
  const rejected: RejectedRow[] = []
  const pending: Array<readonly [from: number, to: number]> = [[0, batch.records.length]]
  let inserts = 0
  for (let range = pending.pop(); range; range = pending.pop()) {
    const [from, to] = range
    inserts++
    try {
      await insertRange(batch, from, to, options)
    } catch (error) {
      if (!isAboutRows(error) || inserts >= options.maxInserts) throw error
      const only = batch.records[from]
      if (to - from === 1 && only) {
        rejected.push({ record: only, error })
        continue
      }
      const middle = (from + to) >> 1
      pending.push([middle, to], [from, middle])
    }
  }
  return rejected
}

async function insertRange(batch: Batch, from: number, to: number, options: InsertBatchOptions): Promise<void> {
  const { block, encoder, buffer, records, starts } = batch
  const first = records[from]
  const last = records[to - 1]
  if (!first || !last) return
  const rows = buffer.slice(starts[from] ?? 0, starts[to] ?? 0)
  const token = insertToken({
    table: block.table,
    partition: block.partition,
    firstOffset: first.record.offset,
    lastOffset: last.record.offset,
    count: to - from,
  })
  const started = performance.now()
  await options.client.insert({ table: block.table, format: rowFormat, body: [encoder.header, rows], token })
  const milliseconds = performance.now() - started
  options.report({ table: block.table.name, rows: to - from, bytes: rows.byteLength, milliseconds })
}

const isAboutRows = (error: unknown): error is ClickHouseRejectedError =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  error.code === 'CLICKHOUSE_REJECTED' &&
  'about' in error &&
  error.about === 'rows'
