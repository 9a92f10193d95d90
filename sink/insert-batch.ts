import { setTimeout as sleep } from 'node:timers/promises'
import type { ChunkBlock, IndexedRecord } from './chunk-blocks.ts'
import { type InsertRows, insertToken } from './chunk-blocks.ts'
import type { ClickHouse, InsertRequest } from './clickhouse-client.ts'
import { type ClickHouseRejectedError, ClickHouseUnavailableError, type SinkErrorCode } from './errors.ts'
import { type RowEncoder, rowFormat } from './row-binary.ts'
import type { RowBuffer } from './row-buffer.ts'
import { countStored } from './stored-rows.ts'
import type { UnsettledInserts } from './unsettled-inserts.ts'

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
  /** Inserts that were tried and not acknowledged; kept from one batch to the next, and from one sink to the next. */
  readonly unsettled: UnsettledInserts
  /** Whether somebody else may have tried the same insert, so that it is looked up although it goes well at once. */
  readonly mayRepeat: (rows: InsertRows) => boolean
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
  const rowsOf = { table: block.table, partition: block.partition, offsets }
  const request = { table: block.table, format: rowFormat, body: [encoder.header, rows], token: insertToken(rowsOf) }
  const started = performance.now()
  const mayRepeat = options.mayRepeat(rowsOf) || options.unsettled.mayRepeat(rowsOf)
  const attempts = await insertPatiently(request, rowsOf, options)
  if (mayRepeat || attempts > 1) await confirm(request, rowsOf, options)
  options.unsettled.settled(rowsOf)
  const milliseconds = performance.now() - started
  options.report({ table: block.table.name, rows: to - from, bytes: rows.byteLength, milliseconds })
}

/**
 * The same insert under the same token, a few times: if only the answer to the first was lost, ClickHouse drops the next one. Not
 * for long, since a chunk that is held here is not given up when its partition goes to another worker. Gives the number of tries.
 */
async function insertPatiently(
  request: InsertRequest,
  rows: InsertRows,
  { client, attempts, unsettled }: InsertBatchOptions,
): Promise<number> {
  const startedAt = performance.now()
  for (let attempt = 1; ; attempt++) {
    try {
      await client.insert(request)
      return attempt
    } catch (error) {
      if (!isRejection(error)) unsettled.tried(rows)
      if (!isPassing(error)) throw error
      if (attempt >= attempts || performance.now() - startedAt > longestPatienceMs) throw error
      await sleep(firstPauseMs * 2 ** (attempt - 1))
    }
  }
}

/**
 * Looks whether the rows of a repeated insert are there. A MergeTree table remembers a token before it has the rows: when what comes between
 * fails (a full disk, a server that is killed), the repetition is acknowledged and dropped, and nothing is stored. Then the rows
 * go in once more under another token.
 */
async function confirm(request: InsertRequest, rows: InsertRows, { client }: InsertBatchOptions): Promise<void> {
  const { table, partition, offsets } = rows
  const [first = 0, last = first] = [offsets[0], offsets.at(-1)]
  const range = { topic: table.topic, epoch: table.epoch, partition, from: first, to: last + 1 }
  if ((await countStored(client, table, range)) >= offsets.length) return
  await client.insert({ ...request, token: `${request.token}:again-${Date.now()}` })
  const stored = await countStored(client, table, range)
  if (stored >= offsets.length) return
  const text = `${stored} of ${offsets.length} rows of ${table.topic}[${partition}]@${first}-${last} are there after an insert that was acknowledged`
  throw new ClickHouseUnavailableError({
    operation: `insert into ${table.database}.${table.name}`,
    text,
    cause: undefined,
  })
}

const hasCode = (error: unknown, code: SinkErrorCode): error is object =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code

const isPassing = (error: unknown): boolean => hasCode(error, 'CLICKHOUSE_UNAVAILABLE')

const isRejection = (error: unknown): error is object => hasCode(error, 'CLICKHOUSE_REJECTED')

const isAboutRows = (error: unknown): error is ClickHouseRejectedError =>
  isRejection(error) && 'about' in error && error.about === 'rows'
