import type { DataRecord } from '../processors/processor.ts'
import type { OffsetRange } from './audit.ts'
import type { ClickHouse } from './clickhouse-client.ts'
import { ClickHouseUnavailableError } from './errors.ts'
import { createRowEncoder } from './row-binary.ts'
import { RowBuffer } from './row-buffer.ts'
import { quoteName, quoteTable } from './sql-text.ts'
import type { TableDefinition } from './table-definition.ts'

/** A row as it is kept: the bytes that it was inserted with, as ClickHouse gives them back. */
export type StoredRow = { readonly offset: number; readonly bytes: Buffer }

const isOfRange =
  '_topic = {topic:String} AND _epoch = {epoch:UInt32} AND _partition = {partition:Int32} ' +
  'AND _offset >= {from:Int64} AND _offset < {to:Int64}'

const columnsOf = ({ columns }: TableDefinition): string => columns.map(({ name }) => quoteName(name)).join(', ')

/** The rows that a table has of a range of offsets, in their order, as `FINAL` shows them. Ask for bounded ranges. */
export async function storedRows(client: ClickHouse, table: TableDefinition, range: OffsetRange): Promise<StoredRow[]> {
  const sql =
    `SELECT _offset, formatRow('RowBinary', ${columnsOf(table)}) FROM ${quoteTable(table)} FINAL ` +
    `WHERE ${isOfRange} ORDER BY _offset FORMAT RowBinary`
  const { topic, epoch, partition, from = 0, to } = range
  const chunks: Buffer[] = []
  for await (const chunk of await client.stream(sql, { topic, epoch, partition, from, to }))
    chunks.push(chunk as Buffer)
  return parseRows(Buffer.concat(chunks))
}

/** How many offsets of a range a table has rows of. */
export async function countStored(client: ClickHouse, table: TableDefinition, range: OffsetRange): Promise<number> {
  const { topic, epoch, partition, from = 0, to } = range
  const sql = `SELECT toUInt32(uniqExact(_offset)) AS stored FROM ${quoteTable(table)} WHERE ${isOfRange}`
  const [counted] = await client.rows<{ stored: number }>(sql, { topic, epoch, partition, from, to })
  return counted?.stored ?? 0
}

function parseRows(bytes: Buffer): StoredRow[] {
  const rows: StoredRow[] = []
  let at = 0
  while (at < bytes.length) {
    if (bytes.length - at < 9) throw cutShort()
    const offset = Number(bytes.readBigInt64LE(at))
    at += 8
    let length = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at]
      if (byte === undefined) throw cutShort()
      at += 1
      length += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    if (bytes.length - at < length) throw cutShort()
    rows.push({ offset, bytes: bytes.subarray(at, at + length) })
    at += length
  }
  return rows
}

/** The answer broke off, or ends in the words of an error. */
function cutShort(): ClickHouseUnavailableError {
  return new ClickHouseUnavailableError({ operation: 'read', text: 'the answer broke off', cause: undefined })
}

/** Gives the bytes that a record is inserted with, or says why a table cannot keep it. */
export function rowBytes(table: TableDefinition, runId: string): (record: DataRecord) => Buffer | string {
  const encoder = createRowEncoder(table, runId)
  const buffer = new RowBuffer()
  return (record) => {
    buffer.truncate(0)
    const unfit = encoder.append(buffer, record)
    return unfit ?? Buffer.from(buffer.slice(0, buffer.length))
  }
}

/** A column in which the row of a record is not what the record says; values as text. */
export type ColumnDifference = { readonly column: string; readonly record: string; readonly row: string }

/** The columns in which a stored row differs from its record. */
export async function differingColumns(
  client: ClickHouse,
  table: TableDefinition,
  record: DataRecord,
  runId: string,
): Promise<ColumnDifference[]> {
  const differences: ColumnDifference[] = []
  const range = { topic: table.topic, epoch: table.epoch, partition: record.partition }
  for (const column of table.columns) {
    const single = { ...table, columns: [column] }
    const [stored] = await storedRows(client, single, { ...range, from: record.offset, to: record.offset + 1 })
    const wanted = rowBytes(single, runId)(record)
    if (stored === undefined || (Buffer.isBuffer(wanted) && stored.bytes.equals(wanted))) continue
    const [shown] = await client.rows<{ text: string }>(
      `SELECT toString(${quoteName(column.name)}) AS text FROM ${quoteTable(table)} FINAL WHERE ${isOfRange}`,
      { ...range, from: record.offset, to: record.offset + 1 },
    )
    const value = record.value[column.name]
    const said = column.source === 'field' ? JSON.stringify(value) : column.source
    differences.push({ column: column.name, record: said ?? 'absent', row: shown?.text ?? 'absent' })
  }
  return differences
}
