import type { ClickHouse } from './clickhouse-client.ts'
import { quoteName, quoteTable, quoteText } from './sql-text.ts'
import type { TableDefinition } from './table-definition.ts'

/** How many rows a table holds, and how many records of the log they are. */
export type TableAudit = {
  readonly table: string
  readonly topic: string
  /** Rows as they lie there, repeated inserts included until ClickHouse merges them away. */
  readonly rowsRaw: number
  /** Rows as `FINAL` shows them. */
  readonly rowsFinal: number
  /** Different places in the log: (topic, epoch, partition, offset). */
  readonly records: number
  /** `rowsRaw - records`: leftovers of repeated inserts, which no query with FINAL or through a view sees. */
  readonly duplicatesRaw: number
  /** `rowsFinal - records`: zero, or a record is in the table twice. */
  readonly duplicatesFinal: number
}

/** Counts the rows that each table has of its topic; those of backfills are of topics of their own. */
export async function auditTables(client: ClickHouse, tables: readonly TableDefinition[]): Promise<TableAudit[]> {
  const audits: TableAudit[] = []
  for (const table of tables) {
    const ofTopic = `WHERE _topic = ${quoteText(table.topic)}`
    const [counts] = await client.rows<{ raw: number; final: number; records: number }>(
      `SELECT count() AS raw, uniqExact(${place}) AS records, (SELECT count() FROM ${quoteTable(table)} FINAL ${ofTopic}) AS final ` +
        `FROM ${quoteTable(table)} ${ofTopic}`,
    )
    const { raw = 0, final = 0, records = 0 } = counts ?? {}
    audits.push({
      table: table.name,
      topic: table.topic,
      rowsRaw: raw,
      rowsFinal: final,
      records,
      duplicatesRaw: raw - records,
      duplicatesFinal: final - records,
    })
  }
  return audits
}

/** Part of a partition of a topic: offsets from `from` (0 if absent) to before `to`. */
export type OffsetRange = {
  readonly topic: string
  readonly epoch: number
  readonly partition: number
  readonly from?: number
  readonly to: number
}

/** What the tables hold of a range. `rows` counts records of the log, each once. */
export type StoredRange = {
  readonly table: string
  readonly rows: number
  readonly firstOffset: number | undefined
  readonly lastOffset: number | undefined
}

/** Per table of the topic, how many records below the committed offset it holds. */
export async function rowsBelow(
  client: ClickHouse,
  tables: readonly TableDefinition[],
  topic: string,
  epoch: number,
  partition: number,
  committedOffset: number,
): Promise<StoredRange[]> {
  return rowsIn(client, tables, { topic, epoch, partition, to: committedOffset })
}

/** Per table of the topic, how many records of a range it holds. */
export async function rowsIn(
  client: ClickHouse,
  tables: readonly TableDefinition[],
  range: OffsetRange,
): Promise<StoredRange[]> {
  const stored: StoredRange[] = []
  for (const table of tables.filter((candidate) => candidate.topic === range.topic)) {
    const [row] = await client.rows<{ rows: number; first: number; last: number }>(
      `SELECT uniqExact(_offset) AS rows, min(_offset) AS first, max(_offset) AS last FROM ${quoteTable(table)} WHERE ${inRange}`,
      rangeParameters(range),
    )
    const found = row !== undefined && row.rows > 0
    stored.push({
      table: table.name,
      rows: found ? row.rows : 0,
      firstOffset: found ? row.first : undefined,
      lastOffset: found ? row.last : undefined,
    })
  }
  return stored
}

/** Longest time for a count over whole tables. */
const countDeadlineMs = 600_000

/** How many records of each range are in any table of its topic, each once; all in one query, which reads no index but counts in bitmaps. */
export async function countStored(
  client: ClickHouse,
  tables: readonly TableDefinition[],
  ranges: readonly OffsetRange[],
): Promise<number[]> {
  const selects = ranges.flatMap(({ topic, epoch, partition, from = 0, to }, index) =>
    tables.flatMap((table) =>
      table.topic === topic && to > from
        ? [
            `SELECT ${index} AS range, groupBitmap(toUInt64(_offset)) AS kept FROM ${quoteTable(table)} WHERE _topic = ${quoteText(topic)} ` +
              `AND _epoch = ${epoch} AND _partition = ${partition} AND _offset >= ${from} AND _offset < ${to}`,
          ]
        : [],
    ),
  )
  const counts = ranges.map(() => 0)
  if (selects.length === 0) return counts
  const sql = `SELECT range, sum(kept) AS kept FROM (${selects.join(' UNION ALL ')}) GROUP BY range`
  for (const { range, kept } of await client.rows<{ range: number; kept: number }>(sql, {}, countDeadlineMs))
    counts[range] = kept
  return counts
}

/**
 * The offsets of a range that are in any table of the topic, ascending and each once. Ask for bounded ranges: the answer is
 * one number per record.
 */
export async function offsetsStored(
  client: ClickHouse,
  tables: readonly TableDefinition[],
  range: OffsetRange,
): Promise<number[]> {
  const ofTopic = tables.filter((table) => table.topic === range.topic)
  if (ofTopic.length === 0) return []
  const selects = ofTopic.map((table) => `SELECT _offset FROM ${quoteTable(table)} WHERE ${inRange}`)
  const rows = await client.rows<{ _offset: number }>(
    `SELECT DISTINCT _offset FROM (${selects.join(' UNION ALL ')}) ORDER BY _offset`,
    rangeParameters(range),
  )
  return rows.map((row) => row._offset)
}

/** The offsets of a range about which a dead letter of `processor` is stored, ascending and each once. */
export async function offsetsRefused(
  client: ClickHouse,
  deadLetters: TableDefinition,
  processor: string,
  range: OffsetRange,
): Promise<number[]> {
  const rows = await client.rows<{ source_offset: number }>(
    `SELECT DISTINCT source_offset FROM ${quoteTable(deadLetters)} ` +
      'WHERE processor = {processor:String} AND source_topic = {topic:String} AND source_partition = {partition:Int32} ' +
      'AND source_offset >= {from:Int64} AND source_offset < {to:Int64} ORDER BY source_offset',
    { ...rangeParameters(range), processor },
  )
  return rows.map((row) => row.source_offset)
}

/** Bytes on disk per table, compressed and not; for the benchmark and the documentation. */
export async function tableSizes(
  client: ClickHouse,
  database: string,
): Promise<Array<{ table: string; rows: number; compressedBytes: number; uncompressedBytes: number }>> {
  return client.rows(
    `SELECT table, sum(rows) AS ${quoteName('rows')}, sum(data_compressed_bytes) AS compressedBytes, ` +
      `sum(data_uncompressed_bytes) AS uncompressedBytes FROM system.parts WHERE active AND database = ${quoteText(database)} ` +
      'GROUP BY table ORDER BY table',
  )
}

const place = '_topic, _epoch, _partition, _offset'

const inRange =
  '_topic = {topic:String} AND _epoch = {epoch:UInt32} AND _partition = {partition:Int32} ' +
  'AND _offset >= {from:Int64} AND _offset < {to:Int64}'

const rangeParameters = ({ topic, epoch, partition, from = 0, to }: OffsetRange) => ({
  topic,
  epoch,
  partition,
  from,
  to,
})
