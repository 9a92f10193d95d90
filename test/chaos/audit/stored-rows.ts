import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { ClickHouse } from '../../../sink/clickhouse-client.ts'
import { createRowEncoder } from '../../../sink/row-binary.ts'
import { RowBuffer } from '../../../sink/row-buffer.ts'
import { quoteName, quoteTable } from '../../../sink/sql-text.ts'
import type { TableDefinition } from '../../../sink/table-definition.ts'
import { compareRows, type RowVerdict, type SeenRow } from './rows.ts'
import type { RunReader } from './run-reader.ts'

type Encoded = SeenRow & { readonly length: number }

const readWithinMs = 120_000

const digestOf = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('base64url')

/** The rows that the records of one partition have to give, as the bytes that the sink sends. */
async function expectedRows(reader: RunReader, table: TableDefinition, partition: number, runId: string) {
  const encoder = createRowEncoder(table, runId)
  const buffer = new RowBuffer()
  const rows: Encoded[] = []
  for await (const { input } of reader.decoded({ topic: table.topic, partition })) {
    if (input?.kind !== 'data' || input.recordName !== table.recordName) continue
    if (encoder.append(buffer, input) !== undefined) continue
    const bytes = buffer.slice(0, buffer.length)
    rows.push({ place: `${partition}@${input.offset}`, digest: digestOf(bytes), length: bytes.length })
    buffer.truncate(0)
  }
  return rows
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/**
 * The rows of one partition under FINAL. Each is as long as the row that its record has to give, or the two differ: then
 * what follows is out of step, and counts as differing too.
 */
async function foundRows(
  client: ClickHouse,
  table: TableDefinition,
  partition: number,
  expected: readonly Encoded[],
): Promise<SeenRow[]> {
  const source = `FROM ${quoteTable(table)} FINAL WHERE _topic = {topic:String} AND _partition = {partition:Int32} ORDER BY _offset`
  const parameters = { topic: table.topic, partition }
  const places = await client.rows<{ _offset: number }>(`SELECT _offset ${source}`, parameters)
  const columns = table.columns.map(({ name }) => quoteName(name)).join(', ')
  const bytes = await bytesOf(
    await client.stream(`SELECT ${columns} ${source} FORMAT RowBinary`, parameters, readWithinMs),
  )
  const lengths = new Map(expected.map(({ place, length }) => [place, length]))
  let at = 0
  return places.map(({ _offset }) => {
    const place = `${partition}@${_offset}`
    const start = at
    at += lengths.get(place) ?? 0
    return { place, digest: digestOf(bytes.subarray(start, at)) }
  })
}

/** Compares the rows of a table, byte by byte, with those that the records of its topic have to give. */
export async function auditTable(
  reader: RunReader,
  client: ClickHouse,
  table: TableDefinition,
  { partitions, runId }: { readonly partitions: number; readonly runId: string },
): Promise<RowVerdict> {
  const expected: Encoded[] = []
  const found: SeenRow[] = []
  for (let partition = 0; partition < partitions; partition += 1) {
    const rows = await expectedRows(reader, table, partition, runId)
    expected.push(...rows)
    found.push(...(await foundRows(client, table, partition, rows)))
  }
  return compareRows(table.name, expected, found)
}
