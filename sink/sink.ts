import type { ChunkProcessor, DataRecord, Emit } from '../processors/processor.ts'
import { blocksOf, type ChunkBlock, type IndexedRecord, lookupOf } from './chunk-blocks.ts'
import type { ClickHouse } from './clickhouse-client.ts'
import { LetterNotStoredError } from './errors.ts'
import { growingLookup } from './grown-tables.ts'
import { type InsertBatchOptions, type InsertReport, insertBatch } from './insert-batch.ts'
import { checkTables } from './migrate.ts'
import { PredecessorInserts } from './predecessor-inserts.ts'
import { createRowEncoder, type RowEncoder } from './row-binary.ts'
import { RowBuffer } from './row-buffer.ts'
import type { StartAudit } from './start-audit.ts'
import type { TableDefinition } from './table-definition.ts'
import { UnsettledInserts } from './unsettled-inserts.ts'

/** What a sink is made of. */
export type SinkOptions = {
  readonly client: ClickHouse
  readonly tables: readonly TableDefinition[]
  /** Fills `run_id` of records that have none: `live`, or the run. */
  readonly runId: string
  /** An insert holds at most so many rows; more are cut into several, each with its token. */
  readonly maxRowsPerInsert?: number
  /** An insert is closed when it has reached so many bytes; with one row more this bounds the sink's memory. */
  readonly maxBytesPerInsert?: number
  /** Most inserts that the search for bad rows in one batch may cost. */
  readonly maxInsertsPerBatch?: number
  /** How often an insert is tried at once that ClickHouse does not answer or puts off. */
  readonly attemptsPerInsert?: number
  /** Looks at the tables before a task goes on. */
  readonly audit?: StartAudit
  /** What the sinks of this process have tried and nobody has acknowledged, shared by all of them; without it this one's own. */
  readonly unsettled?: UnsettledInserts
  /** Most records of a chunk: inserts that a predecessor may have tried in one are looked up. Without it every insert is. */
  readonly chunkRecords?: number
  /** Told of every acknowledged insert, for metrics. */
  readonly report?: (report: InsertReport) => void
}

// Below ClickHouse's min_bytes_for_wide_part (10 MiB): a larger part has a file a column, and a table of 100 doubles then takes
// 13k rows a second instead of 26k.
const defaultBytes = 8 * 1024 * 1024

/**
 * The sink: stores the data records of a chunk and returns when ClickHouse has acknowledged all of them, so the chunk's
 * offsets may be committed. Repeating a chunk, whole or after a failure half way, leaves the same rows.
 *
 * 1. Records are split by table and partition, in offset order; markers are passed over.
 * 2. Rows are encoded and inserted, one insert at a time, each with a token that names exactly its rows. One that may have been tried
 *    before, by this process or by one that is no longer there, is looked up afterwards.
 * 3. A row that cannot be encoded, or that ClickHouse rejects even alone, is refused as `ROW_REJECTED`; a record that has no
 *    table, as `UNEXPECTED_RECORD`.
 * 4. Records of a later release are stored with the fields that came with it, once the table is seen to have their columns.
 * 5. Any other failure is thrown: `retriable` says whether to come back with the same chunk or to stop.
 */
export function createSink(options: SinkOptions): ChunkProcessor {
  const { client, tables, runId, report = () => {} } = options
  const { maxRowsPerInsert = 50_000, maxBytesPerInsert = defaultBytes, maxInsertsPerBatch = 500 } = options
  const { attemptsPerInsert = 3, audit, unsettled = new UnsettledInserts() } = options
  const tableOf = growingLookup(lookupOf(tables))
  const encoders = new Map(tables.map((table) => [table, createRowEncoder(table, runId)]))
  const encoderOf = async (table: TableDefinition): Promise<RowEncoder> => {
    const known = encoders.get(table)
    if (known) return known
    await checkTables(client, [table])
    const fresh = createRowEncoder(table, runId)
    encoders.set(table, fresh)
    return fresh
  }
  let buffer = new RowBuffer()
  const predecessor = new PredecessorInserts(options.chunkRecords)

  async function store(block: ChunkBlock, emits: (index: number) => Emit, mayRepeat: MayRepeat): Promise<void> {
    const encoder = await encoderOf(block.table)
    let records: IndexedRecord[] = []
    let starts = [0]
    const flush = async (): Promise<void> => {
      if (records.length === 0) return
      const batch = { block, encoder, buffer, records, starts }
      const limits = { maxInserts: maxInsertsPerBatch, attempts: attemptsPerInsert }
      const rejected = await insertBatch(batch, { client, ...limits, unsettled, mayRepeat, report })
      for (const { record, error } of rejected) refuse(record, block, emits, error.text)
      buffer.truncate(0)
      records = []
      starts = [0]
    }
    for (const indexed of block.records) {
      const unfit = encoder.append(buffer, indexed.record)
      if (unfit !== undefined) {
        refuse(indexed, block, emits, unfit)
        continue
      }
      records.push(indexed)
      starts.push(buffer.length)
      if (records.length >= maxRowsPerInsert || buffer.length >= maxBytesPerInsert) await flush()
    }
    await flush()
  }

  const storing = (mayRepeat: MayRepeat): ChunkProcessor['applyChunk'] => {
    return async (records, emits) => {
      const { blocks, homeless } = blocksOf(records, tableOf)
      for (const { index, record } of homeless) {
        const message = `No table keeps ${record.recordName} of topic ${record.topic}`
        emits(index).refuse({ reason: 'UNEXPECTED_RECORD', message })
      }
      try {
        for (const block of blocks) await store(block, emits, mayRepeat)
      } catch (error) {
        // The connection may still be reading the old one.
        buffer = new RowBuffer()
        throw error
      }
    }
  }
  const storeNext = storing((rows) => predecessor.mayHaveTried(rows))
  // Rows that are missing were inserted once, and perhaps by just the same insert.
  const missing: ChunkProcessor = { applyChunk: storing(() => true) }

  const sink: ChunkProcessor = {
    async applyChunk(records, emits) {
      await storeNext(records, emits)
      predecessor.passed(records)
    },
  }
  if (!audit) return sink
  return {
    ...sink,
    audit(inputs) {
      predecessor.opened(inputs)
      return audit(inputs, (records) => storeAll(missing, records))
    },
  }
}

type MayRepeat = InsertBatchOptions['mayRepeat']

/** Stores records outside of the log's chunks. Throws when one of them is refused. */
export async function storeAll(sink: ChunkProcessor, records: readonly DataRecord[]): Promise<void> {
  const nothing = () => {}
  await sink.applyChunk(records, (index) => ({
    refuse: ({ reason, message }) => {
      const { topic, partition, offset } = records[index] ?? {}
      throw new RangeError(`${topic}[${partition}]@${offset} cannot be stored, ${reason}: ${message}`)
    },
    record: nothing,
    marker: nothing,
    duplicate: nothing,
    leaveOut: nothing,
  }))
}

function refuse(
  { index, record }: IndexedRecord,
  { table }: ChunkBlock,
  emits: (index: number) => Emit,
  why: string,
): void {
  const message = `Table ${table.name} cannot keep ${record.topic}[${record.partition}]@${record.offset}: ${why}`
  if (table.topic === 'dead-letters.sink') throw new LetterNotStoredError(message)
  emits(index).refuse({ reason: 'ROW_REJECTED', message })
}
