import { setTimeout as sleep } from 'node:timers/promises'
import type { ChunkBlock, IndexedRecord } from './chunk-blocks.ts'
import { insertToken } from './chunk-blocks.ts'
import type { ClickHouse, InsertRequest } from './clickhouse-client.ts'
import type { ClickHouseRejectedError } from './errors.ts'
import { type RowEncoder, rowFormat } from './row-binary.ts'
import type { RowBuffer } from './row-buffer.ts'

const firstPauseMs = 200
const longestPatienceMs = 5_000

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
  /** How often an insert is tried that ClickHouse does not answer or puts off, before the error is thrown. */
  readonly attempts: number
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
  if (to <= from) return
  const rows = buffer.slice(starts[from] ?? 0, starts[to] ?? 0)
  const offsets = records.slice(from, to).map(({ record }) => record.offset)
  const token = insertToken({ table: block.table, partition: block.partition, offsets })
  const started = performance.now()
  await insertPatiently({ table: block.table, format: rowFormat, body: [encoder.header, rows], token }, options)
  const milliseconds = performance.now() - started
  options.report({ table: block.table.name, rows: to - from, bytes: rows.byteLength, milliseconds })
}

/**
 * The same insert under the same token, a few times: if only the answer to the first was lost, ClickHouse drops the next one. Not
 * for long, since a chunk that is held here is not given up when its partition goes to another worker.
 */
async function insertPatiently(request: InsertRequest, { client, attempts }: InsertBatchOptions): Promise<void> {
  const startedAt = performance.now()
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.insert(request)
    } catch (error) {
      const isOver = attempt >= attempts || performance.now() - startedAt > longestPatienceMs
      if (isOver || !isPassing(error)) throw error
      await sleep(firstPauseMs * 2 ** (attempt - 1))
    }
  }
}

const isPassing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'CLICKHOUSE_UNAVAILABLE'

const isAboutRows = (error: unknown): error is ClickHouseRejectedError =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  error.code === 'CLICKHOUSE_REJECTED' &&
  'about' in error &&
  error.about === 'rows'
