import { describe, expect, test } from '@jest/globals'
import { createOfflineCodec } from '../../avro/codec.ts'
import { fullName, loadSchemas, type RecordSchema } from '../../avro/schemas.ts'
import type { ClickHouse, InsertRequest } from '../../sink/clickhouse-client.ts'
import { clickHouseType } from '../../sink/column-type.ts'
import { deduplicationWindow } from '../../sink/ddl.ts'
import { createRowEncoder } from '../../sink/row-binary.ts'
import { RowBuffer } from '../../sink/row-buffer.ts'
import { rowReaders } from '../../sink/row-reader.ts'
import { createSink } from '../../sink/sink.ts'
import { defineTable, type TableDefinition } from '../../sink/table-definition.ts'
import { decodeInput } from '../../streams/input-record.ts'
import { refusalsByIndex } from './support/sample-table.ts'

const topic = 'market.quotes'
const schemas = loadSchemas()
const ours = schemaNamed('barline.market.Quote')
const origin = { database: 'test', table: 'market_quotes', topic, epoch: 1 }
const table = defineTable(ours, origin)

/** The same record as a later release has it: with a field in the middle, and another at the end. */
const later: RecordSchema = {
  ...ours,
  fields: [
    ...ours.fields.slice(0, 2),
    { name: 'venue', type: ['null', 'string'], default: null },
    ...ours.fields.slice(2),
    { name: 'depth', type: ['null', { type: 'array', items: 'double' }], default: null },
  ],
}
const laterTable = defineTable(later, origin)
const laterId = 2001
const codec = createOfflineCodec({ known: new Map([[laterId, later]]) })
const laterCodec = createOfflineCodec({ schemas: new Map([...schemas, [fullName(ours), later]]), firstId: 1 })
const quote = { symbol: 'IBM', effective_at: 1_000, known_at: 2_000, bid: 1, ask: 2, bid_size: 3, ask_size: 4 }

function schemaNamed(name: string): RecordSchema {
  const schema = schemas.get(name)
  if (schema === undefined) throw new Error(name)
  return schema
}

const ofOurs = (): Buffer => codec.encode(topic, fullName(ours), quote)

/** As a later release writes it. */
function ofLater(venue: string, depth: readonly number[]): Buffer {
  const bytes = Buffer.from(laterCodec.encode(topic, fullName(ours), { ...quote, venue, depth }))
  bytes.writeInt32BE(laterId, 1)
  return bytes
}

/** A ClickHouse that has the table as a definition asks, and keeps what is inserted. */
function serverWith(definition: TableDefinition) {
  const inserts: InsertRequest[] = []
  const engine_full = `ReplacingMergeTree SETTINGS non_replicated_deduplication_window = ${deduplicationWindow}`
  const found = { name: definition.name, engine: 'ReplacingMergeTree', engine_full, partition_key: '', comment: '' }
  const columns = definition.columns.map(({ name, type, comment }) => {
    return { table: definition.name, name, type: clickHouseType(type), comment }
  })
  const client = {
    insert: async (request: InsertRequest) =>
      void inserts.push({ ...request, body: request.body.map((part) => Uint8Array.from(part)) }),
    rows: async (sql: string) => {
      // A sink that has just opened looks its inserts up; they are all there.
      if (sql.includes('AS stored')) return [{ stored: Number.MAX_SAFE_INTEGER }]
      return sql.includes('system.tables') ? [{ ...found, sorting_key: definition.sortingKey.join(', ') }] : columns
    },
  }
  return { client: client as unknown as ClickHouse, inserts }
}

async function store(values: readonly Buffer[], definition: TableDefinition) {
  const { client, inserts } = serverWith(definition)
  const sink = createSink({ client, tables: [table], runId: 'live' })
  const readers = rowReaders(schemas.values())
  const where = { topic, partition: 0 }
  const decoded = await Promise.all(
    values.map((value, offset) =>
      decodeInput(codec, where, { offset, timestamp: 0, key: Buffer.from('IBM'), value, headers: [] }, readers),
    ),
  )
  const { emits, refusals } = refusalsByIndex()
  await sink.applyChunk(
    decoded.flatMap(({ input }) => (input === undefined ? [] : [input])),
    emits,
  )
  return { inserts, refusals, undecodable: decoded.map(({ refusal }) => refusal) }
}

/** The body of an insert of one row, made the usual way. */
function bodyOf(of: TableDefinition, offset: number, value: Readonly<Record<string, unknown>>): Buffer {
  const encoder = createRowEncoder(of, 'live')
  const buffer = new RowBuffer()
  encoder.append(buffer, { partition: 0, offset, key: 'IBM', value })
  return Buffer.concat([encoder.header, buffer.slice(0, buffer.length)])
}

describe('records of a release that came after the sink', () => {
  test('are stored with the fields that came with it, beside those of before', async () => {
    const { inserts, refusals } = await store([ofOurs(), ofLater('XNYS', [1, 2]), ofOurs()], laterTable)
    expect(refusals.size).toBe(0)
    const bodies = inserts.map(({ body }) => Buffer.concat(body))
    expect(bodies).toHaveLength(2)
    expect(bodies[1]).toEqual(bodyOf(laterTable, 1, { ...quote, venue: 'XNYS', depth: [1, 2] }))
    expect(inserts.map(({ token }) => token)).toEqual([
      expect.stringContaining(`${table.schemaHash}:`),
      expect.stringContaining(`${laterTable.schemaHash}:`),
    ])
  })

  test('wait for their column: nothing of them is stored without it', async () => {
    await expect(store([ofLater('XNYS', [])], table)).rejects.toMatchObject({
      code: 'TABLE_MISMATCH',
      message: expect.stringContaining('barline topics provision'),
    })
  })

  test('are refused where they are not what their schema says, and never read as if the fields were not there', async () => {
    const whole = ofLater('XNYS', [1])
    const { inserts, undecodable } = await store([whole.subarray(0, whole.length - 1)], laterTable)
    expect(inserts).toEqual([])
    expect(undecodable).toEqual([
      { reason: 'UNDECODABLE_BODY', message: expect.stringContaining('schema 2001 of a later release') },
    ])
  })

  test('are read by all others as they always were', () => {
    expect(codec.decode(topic, ofLater('XNYS', [1]))).toMatchObject({ kind: 'value', value: quote })
  })
})
