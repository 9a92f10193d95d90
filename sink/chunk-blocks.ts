import { createHash } from 'node:crypto'
import type { DataRecord, InputRecord } from '../processors/processor.ts'
import type { TableDefinition } from './table-definition.ts'

/** A data record of a chunk and its place in the chunk. */
export type IndexedRecord = { readonly index: number; readonly record: DataRecord }

/** The data records of one chunk that go to one table from one partition, in offset order. */
export type ChunkBlock = {
  readonly table: TableDefinition
  readonly partition: number
  readonly records: readonly IndexedRecord[]
}

/** Finds the table of a record by topic, record name and, where it was written by a later release, the value. */
export type TableLookup = (topic: string, recordName: string, value: DataRecord['value']) => TableDefinition | undefined

/** The lookup over these tables. */
export function lookupOf(tables: readonly TableDefinition[]): TableLookup {
  const byTopic = new Map<string, Map<string, TableDefinition>>()
  for (const table of tables) {
    const ofTopic = byTopic.get(table.topic) ?? new Map<string, TableDefinition>()
    byTopic.set(table.topic, ofTopic.set(table.recordName, table))
  }
  return (topic, recordName) => byTopic.get(topic)?.get(recordName)
}

/**
 * Splits a chunk into blocks, in the order in which each block's first record comes; markers are left out, and so are
 * data records without a table, which come back as `homeless`. Throws if the offsets of a partition do not rise.
 */
export function blocksOf(
  records: readonly InputRecord[],
  tableOf: TableLookup,
): { blocks: ChunkBlock[]; homeless: IndexedRecord[] } {
  const blocks = new Map<TableDefinition, Map<number, IndexedRecord[]>>()
  const ordered: ChunkBlock[] = []
  const homeless: IndexedRecord[] = []
  for (const [index, record] of records.entries()) {
    if (record.kind === 'marker') continue
    const table = tableOf(record.topic, record.recordName, record.value)
    if (!table) {
      homeless.push({ index, record })
      continue
    }
    const ofTable = blocks.get(table) ?? new Map<number, IndexedRecord[]>()
    blocks.set(table, ofTable)
    let rows = ofTable.get(record.partition)
    if (!rows) {
      rows = []
      ofTable.set(record.partition, rows)
      ordered.push({ table, partition: record.partition, records: rows })
    }
    const last = rows.at(-1)?.record
    if (last && record.offset <= last.offset) {
      throw new RangeError(
        `${record.topic}[${record.partition}]: offset ${record.offset} after ${last.offset} in one chunk`,
      )
    }
    rows.push({ index, record })
  }
  return { blocks: ordered, homeless }
}

/** Which rows an insert holds, as far as its token must tell: `offsets` rise. */
export type InsertRows = {
  readonly table: TableDefinition
  readonly partition: number
  readonly offsets: readonly number[]
}

/**
 * The deduplication token of an insert. ClickHouse drops an insert whose token it has seen, whatever is in it; so the token
 * must be the same exactly when the rows are, and it is a function of what fixes them: table, encoding, place in the log. Where
 * offsets are left out (markers, ends of transactions, refused records), a hash says which are in.
 */
export function insertToken({ table, partition, offsets }: InsertRows): string {
  const first = offsets[0] ?? 0
  const last = offsets.at(-1) ?? first
  const count = offsets.length
  const which = last - first + 1 === count ? 'all' : hashOf(offsets)
  const place = [table.topic, table.epoch, partition, which, `${first}-${last}`, count].join(':')
  return `${table.database}.${table.name}:${table.schemaHash}:${place}`
}

const hashOf = (offsets: readonly number[]): string =>
  createHash('sha256').update(Float64Array.from(offsets)).digest('hex').slice(0, 16)
