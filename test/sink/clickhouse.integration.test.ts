import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { loadSchemas } from '../../avro/schemas.ts'
import { auditTables, offsetsRefused, offsetsStored, rowsBelow, tableSizes } from '../../sink/audit.ts'
import { type ClickHouse, openClickHouse } from '../../sink/clickhouse-client.ts'
import { clusterDdl } from '../../sink/cluster-ddl.ts'
import { exportQuery } from '../../sink/export.ts'
import { checkTables, ensureTables } from '../../sink/migrate.ts'
import { createRowEncoder, rowFormat } from '../../sink/row-binary.ts'
import { RowBuffer } from '../../sink/row-buffer.ts'
import { createSink } from '../../sink/sink.ts'
import { storedTables } from '../../sink/stored-tables.ts'
import type { TableDefinition } from '../../sink/table-definition.ts'
import { topics } from '../../topics/topics.ts'
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from './support/embedded-clickhouse.ts'
import { refusalsByIndex, sampleRecord, sampleSchema, sampleTable } from './support/sample-table.ts'

let server: EmbeddedClickHouse
let client: ClickHouse

beforeAll(async () => {
  server = await startEmbeddedClickHouse()
  client = openClickHouse({ url: server.url })
}, 90_000)

afterAll(async () => {
  await client?.close()
  await server?.stop()
})

let databases = 0

/** The sample table in a database of its own. */
async function freshTable(schema = sampleSchema): Promise<TableDefinition> {
  const table = sampleTable(schema, `test_${++databases}`)
  await ensureTables(client, [table])
  return table
}

const nameOf = (table: TableDefinition, suffix = ''): string => `${table.database}.${table.name}${suffix}`

const sinkTo = (table: TableDefinition) => createSink({ client, tables: [table], runId: 'live' })

describe('the tables of the project', () => {
  const schemas = loadSchemas()
  const known = topics.map((topic) => ({ ...topic, records: topic.records.filter(({ name }) => schemas.has(name)) }))
  const schemaOf = (name: string) => schemas.get(name) ?? sampleSchema
  const tables = storedTables({ topics: known, schemaOf, database: 'barline' })

  test('are made once, with their views and comments, and found right from then on', async () => {
    expect((await ensureTables(client, tables)).statements.length).toBeGreaterThan(tables.length)
    expect(await ensureTables(client, tables)).toEqual({ statements: [] })
    const [comment] = await client.rows(
      "SELECT comment FROM system.columns WHERE database = 'barline' AND table = 'tape_bars' AND name = 'source_offset'",
    )
    expect(comment).toEqual({ comment: 'Offset of the raw record in market.bars, same partition' })
  })

  test('have cluster statements that ClickHouse can parse', async () => {
    for (const sql of tables.flatMap((table) => clusterDdl(table, 'main'))) await client.command(`EXPLAIN AST ${sql}`)
  })
})

describe('a stored record', () => {
  const instants = fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2299, 11, 31) })
  const text = fc.string({ unit: 'grapheme', maxLength: 40 })
  const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null })
  const value = fc.record({
    symbol: text,
    timeframe: text,
    ts: instants,
    known_at: instants,
    price: fc.double(),
    indicator: nullable(fc.double()),
    feature: nullable(fc.float()),
    state: nullable(fc.integer()),
    imputed: nullable(fc.boolean()),
    flag: fc.boolean(),
    count: fc.maxSafeInteger(),
    note: nullable(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 300 })),
    source: nullable(text),
    raw: nullable(fc.uint8Array({ maxLength: 50 })),
    names: fc.array(text, { maxLength: 5 }),
    weights: fc.array(fc.double(), { maxLength: 5 }),
    contracts: fc.dictionary(text, text, { maxKeys: 4 }),
  })

  test('comes back as it was, bit for bit', async () => {
    const table = await freshTable()
    const samples = [
      ...fc.sample(value, { numRuns: 400, seed: 7 }),
      ...[Number.NaN, -0, 0, 5e-324, Number.POSITIVE_INFINITY].map((price) => ({ price, indicator: price })),
      { ts: Date.UTC(1962, 0, 2, 0, 0, 0, 123), symbol: '', note: '', raw: Buffer.alloc(0) },
      { symbol: 'Ü日😀', note: '\u0000\n\t\\\'"', contracts: { '': '', ключ: '値' } },
    ]
    const records = samples.map((given, offset) => sampleRecord(offset, given))
    const { emits, refusals } = refusalsByIndex()
    await sinkTo(table).applyChunk(records, emits)
    expect([...refusals.values()]).toEqual([])
    const rows = await client.rows<Record<string, unknown>>(
      `SELECT * EXCEPT (price, indicator, feature, weights, raw, ts, known_at),
        hex(reinterpretAsFixedString(t.price)) AS price, hex(reinterpretAsFixedString(assumeNotNull(t.indicator))) AS indicator,
        isNull(t.indicator) AS noIndicator, hex(reinterpretAsFixedString(assumeNotNull(t.feature))) AS feature, isNull(t.feature) AS noFeature,
        arrayMap(x -> hex(reinterpretAsFixedString(x)), t.weights) AS weights, hex(t.raw) AS raw,
        toUnixTimestamp64Milli(t.ts) AS ts, toUnixTimestamp64Milli(t.known_at) AS known_at
      FROM ${nameOf(table)} AS t FINAL ORDER BY _offset`,
    )
    const hex64 = (number: unknown) => bits(8, (view) => view.setFloat64(0, Number(number), true))
    const hex32 = (number: unknown) => bits(4, (view) => view.setFloat32(0, Number(number), true))
    records.forEach(({ value: sent, offset }, index) => {
      const { noIndicator, noFeature, indicator, feature, ...row } = rows[index] ?? {}
      expect([noIndicator, noIndicator ? '' : indicator]).toEqual(
        sent.indicator === null ? [1, ''] : [0, hex64(sent.indicator)],
      )
      expect([noFeature, noFeature ? '' : feature]).toEqual(sent.feature === null ? [1, ''] : [0, hex32(sent.feature)])
      expect(row).toEqual({
        ...without(sent, ['indicator', 'feature']),
        price: hex64(sent.price),
        weights: (sent.weights as number[]).map(hex64),
        raw:
          sent.raw === null
            ? null
            : Buffer.from(sent.raw as Uint8Array)
                .toString('hex')
                .toUpperCase(),
        contracts: { ...(sent.contracts as object) },
        run_id: 'live',
        _topic: 'test.samples',
        _epoch: 3,
        _partition: 0,
        _offset: offset,
        _key: 'AAPL',
      })
    })
  })
})

describe('an insert that is repeated', () => {
  const chunk = Array.from({ length: 1_000 }, (_, offset) => sampleRecord(offset, { ts: offset }))

  test('with the same token is dropped at once', async () => {
    const table = await freshTable()
    for (let time = 0; time < 3; time++) await sinkTo(table).applyChunk(chunk, refusalsByIndex().emits)
    expect(await auditTables(client, [table])).toMatchObject([{ rowsRaw: 1_000, rowsFinal: 1_000, records: 1_000 }])
  })

  test('cut otherwise, as after a crash, lies there twice and is read once', async () => {
    const table = await freshTable()
    await sinkTo(table).applyChunk(chunk, refusalsByIndex().emits)
    await sinkTo(table).applyChunk(chunk.slice(0, 700), refusalsByIndex().emits)
    await sinkTo(table).applyChunk(chunk.slice(700), refusalsByIndex().emits)
    expect(await auditTables(client, [table])).toMatchObject([
      { rowsRaw: 2_000, rowsFinal: 1_000, records: 1_000, duplicatesRaw: 1_000, duplicatesFinal: 0 },
    ])
    expect(await client.rows(`SELECT count() AS n FROM ${nameOf(table, '_latest')}`)).toEqual([{ n: 1_000 }])
    expect(await rowsBelow(client, [table], 'test.samples', 3, 0, 900)).toEqual([
      { table: 'samples', rows: 900, firstOffset: 0, lastOffset: 899 },
    ])
    const range = { topic: 'test.samples', epoch: 3, partition: 0, from: 10, to: 14 }
    expect(await offsetsStored(client, [table], range)).toEqual([10, 11, 12, 13])
    expect(await rowsBelow(client, [table], 'test.samples', 2, 0, 900)).toMatchObject([{ rows: 0 }])
  })

  test('keeps two records of the log that say the same', async () => {
    const table = await freshTable()
    await sinkTo(table).applyChunk([sampleRecord(1), sampleRecord(2)], refusalsByIndex().emits)
    expect(await auditTables(client, [table])).toMatchObject([{ rowsFinal: 2, records: 2 }])
  })
})

describe('the views', () => {
  test('show the newest version of a row, and the one that was known at a time', async () => {
    const table = await freshTable()
    const at = (day: number) => Date.UTC(2020, 0, day)
    const versions = [
      sampleRecord(1, { known_at: at(3), price: 1 }),
      sampleRecord(2, { known_at: at(9), price: 2 }),
      sampleRecord(3, { known_at: at(5), price: 3 }),
      sampleRecord(4, { known_at: at(5), price: 4 }),
      sampleRecord(5, { known_at: at(4), price: 5, symbol: "O'NE" }),
    ]
    await sinkTo(table).applyChunk(versions, refusalsByIndex().emits)
    const latest = `SELECT price FROM ${nameOf(table, '_latest')} ORDER BY symbol`
    expect(await client.rows(latest)).toEqual([{ price: 2 }, { price: 5 }])
    const asOf = (time: number, symbol = 'AAPL') =>
      client.rows(
        `SELECT price FROM ${nameOf(table, '_asof')}(as_of = {time:DateTime64(3, 'UTC')}) WHERE symbol = {symbol:String}`,
        { time: new Date(time), symbol },
      )
    expect(await asOf(at(3) - 1)).toEqual([])
    expect(await asOf(at(3))).toEqual([{ price: 1 }])
    expect(await asOf(at(5))).toEqual([{ price: 4 }])
    expect(await asOf(at(30))).toEqual([{ price: 2 }])
    expect(await asOf(at(30), "O'NE")).toEqual([{ price: 5 }])
  })

  test('find one symbol by the index instead of reading the table', async () => {
    const table = await freshTable()
    const lines = await client.rows<{ explain: string }>(
      `SELECT explain FROM (EXPLAIN SELECT count() FROM ${nameOf(table, '_latest')} WHERE symbol = 'AAPL')`,
    )
    const plan = lines.map(({ explain }) => explain).join('\n')
    expect(plan.indexOf('LimitBy')).toBeLessThan(plan.lastIndexOf("symbol = 'AAPL'"))
  })
})

describe('a table that exists', () => {
  const grown = {
    ...sampleSchema,
    fields: [...sampleSchema.fields, { name: 'added', type: ['null', 'double'] as const, default: null, doc: 'New' }],
  }

  test('gets the columns that are new and nullable, where a new table would have them', async () => {
    const old = await freshTable()
    await sinkTo(old).applyChunk([sampleRecord(1)], refusalsByIndex().emits)
    const table = sampleTable(grown, old.database)
    const { statements } = await ensureTables(client, [table])
    expect(statements).toHaveLength(3)
    expect(await ensureTables(client, [table])).toEqual({ statements: [] })
    await sinkTo(table).applyChunk([sampleRecord(2, { added: 7, ts: 0 })], refusalsByIndex().emits)
    await sinkTo(old).applyChunk([sampleRecord(3, { ts: 1 })], refusalsByIndex().emits)
    const rows = await client.rows(`SELECT _offset, added FROM ${nameOf(table, '_latest')} ORDER BY _offset`)
    expect(rows).toEqual([1, 2, 3].map((_offset) => ({ _offset, added: _offset === 2 ? 7 : null })))
    const columns = await client.rows<{ name: string }>(
      `SELECT name FROM system.columns WHERE database = '${table.database}' AND table = '${table.name}' ORDER BY position`,
    )
    expect(columns.map(({ name }) => name)).toEqual(table.columns.map(({ name }) => name))
  })

  test('is good as it is where a later release has added columns, and keeps its views', async () => {
    const table = await freshTable(grown)
    const old = sampleTable(sampleSchema, table.database)
    await checkTables(client, [old])
    expect(await ensureTables(client, [old])).toEqual({ statements: [] })
    await sinkTo(old).applyChunk([sampleRecord(1)], refusalsByIndex().emits)
    expect(await client.rows(`SELECT _offset, added FROM ${nameOf(table, '_latest')}`)).toEqual([
      { _offset: 1, added: null },
    ])
  })

  test('gets changed comments', async () => {
    const old = await freshTable()
    const fields = sampleSchema.fields.map((field) => (field.name === 'price' ? { ...field, doc: 'Price' } : field))
    const { statements } = await ensureTables(client, [sampleTable({ ...sampleSchema, fields }, old.database)])
    expect(statements).toEqual([`ALTER TABLE \`${old.database}\`.\`samples\` COMMENT COLUMN \`price\` 'Price'`])
  })

  test('is refused when it is another one, naming table, column, found and wanted', async () => {
    const table = await freshTable(grown)
    const shorter = sampleSchema.fields.filter(({ name }) => name !== 'price')
    await expect(
      ensureTables(client, [sampleTable({ ...sampleSchema, fields: shorter }, table.database)]),
    ).rejects.toThrow(
      `Table ${nameOf(table)} is not what its schema asks for; column price: found Float64, wanted none`,
    )
    const retyped = grown.fields.map((field) => (field.name === 'state' ? { ...field, type: ['null', 'long'] } : field))
    await expect(ensureTables(client, [sampleTable({ ...grown, fields: retyped }, table.database)])).rejects.toThrow(
      'column state: found Nullable(Int32), wanted Nullable(Int64)',
    )
  })

  test('is refused when it was made without a deduplication window or with another key', async () => {
    const table = sampleTable(sampleSchema, `test_${++databases}`)
    await client.command(`CREATE DATABASE ${table.database}`)
    await client.command(`CREATE TABLE ${nameOf(table)} (symbol String) ENGINE = MergeTree ORDER BY symbol`)
    await expect(ensureTables(client, [table])).rejects.toThrow(
      /engine: found MergeTree, wanted ReplacingMergeTree; sorting key: found symbol, wanted symbol, timeframe/,
    )
  })
})

describe('rows that ClickHouse rejects', () => {
  test('become dead letters, and the others go in', async () => {
    const table = await freshTable()
    await client.command(`ALTER TABLE ${nameOf(table)} ADD CONSTRAINT sane CHECK price < 1000`)
    const chunk = Array.from({ length: 64 }, (_, offset) =>
      sampleRecord(offset, { price: offset % 20 === 7 ? 5_000 : 1 }),
    )
    const results = []
    for (let time = 0; time < 2; time++) {
      const { emits, refusals } = refusalsByIndex()
      await sinkTo(table).applyChunk(chunk, emits)
      results.push([...refusals].sort(([a], [b]) => a - b))
    }
    expect(results[0]?.map(([index]) => index)).toEqual([7, 27, 47])
    expect(results[1]).toEqual(results[0])
    expect(results[0]?.[0]?.[1]).toEqual({
      reason: 'ROW_REJECTED',
      message: expect.stringContaining('Table samples cannot keep test.samples[0]@7: Constraint `sane`'),
    })
    expect(await auditTables(client, [table])).toMatchObject([{ rowsRaw: 61, rowsFinal: 61 }])
  }, 90_000)

  test('are not searched for when the rows were made for another table', async () => {
    const table = await freshTable()
    const other = sampleTable(
      {
        ...sampleSchema,
        fields: sampleSchema.fields.map((field) => (field.name === 'price' ? { ...field, type: 'float' } : field)),
      },
      table.database,
    )
    await expect(sinkTo(other).applyChunk([sampleRecord(1)], refusalsByIndex().emits)).rejects.toMatchObject({
      code: 'CLICKHOUSE_REJECTED',
      about: 'statement',
    })
  })

  test('include a row with a column that the table does not have', async () => {
    const table = await freshTable()
    const wider = sampleTable(
      { ...sampleSchema, fields: [...sampleSchema.fields, { name: 'x', type: 'int' }] },
      table.database,
    )
    const encoder = createRowEncoder(wider, 'live')
    const buffer = new RowBuffer()
    encoder.append(buffer, sampleRecord(1, { x: 1 }))
    const body = [encoder.header, buffer.slice(0, buffer.length)]
    await expect(client.insert({ table: wider, format: rowFormat, body, token: 't' })).rejects.toMatchObject({
      code: 'CLICKHOUSE_REJECTED',
      about: 'statement',
    })
  })
})

describe('an export', () => {
  test('writes Parquet, Arrow and CSV, and nothing at all when the query fails', async () => {
    const table = await freshTable()
    await sinkTo(table).applyChunk([sampleRecord(1), sampleRecord(2, { note: 'é' })], refusalsByIndex().emits)
    const folder = await mkdtemp(join(tmpdir(), 'barline-export-'))
    try {
      const sql = `SELECT symbol, note FROM ${nameOf(table)} ORDER BY _offset`
      const path = (format: string) => join(folder, 'deep', `rows.${format}`)
      for (const format of ['parquet', 'arrow', 'csv'] as const) {
        const { bytes } = await exportQuery(client, { sql, format, path: path(format) })
        expect((await readFile(path(format))).length).toBe(bytes)
      }
      expect(await readFile(path('csv'), 'utf8')).toBe('"symbol","note"\n"AAPL",\\N\n"AAPL","é"\n')
      const failing = exportQuery(client, { sql: 'SELECT throwIf(1)', format: 'parquet', path: path('failed') })
      await expect(failing).rejects.toMatchObject({ code: 'CLICKHOUSE_REJECTED' })
      await expect(readFile(path('failed'))).rejects.toThrow('ENOENT')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('the audit', () => {
  test('knows the records that were refused, and the size of the tables', async () => {
    const schemas = loadSchemas()
    const schema = schemas.get('barline.DeadLetter')
    const topic = topics.find(({ id }) => id === 'dead-letters.sink')
    const database = `test_${++databases}`
    const tables = schema && topic ? storedTables({ topics: [topic], schemaOf: () => schema, database }) : []
    await ensureTables(client, tables)
    const letter = (offset: number, source: number) => ({
      ...sampleRecord(offset),
      topic: 'dead-letters.sink',
      recordName: 'barline.DeadLetter',
      value: {
        processor: 'sink',
        reason: 'ROW_REJECTED',
        message: 'no',
        source_topic: 'tape',
        source_partition: 0,
        source_offset: source,
        source_timestamp: 0,
        key: Buffer.from('k'),
        value: null,
        header_names: ['h'],
        header_values: [Buffer.from([0, 255])],
        run_id: 'live',
      },
    })
    await createSink({ client, tables, runId: 'live' }).applyChunk(
      [letter(0, 5), letter(1, 8)],
      refusalsByIndex().emits,
    )
    const [table] = tables
    const range = { topic: 'tape', epoch: 1, partition: 0, to: 8 }
    expect(table && (await offsetsRefused(client, table, 'sink', range))).toEqual([5])
    expect(await tableSizes(client, database)).toMatchObject([{ table: 'dead_letters_sink', rows: 2 }])
  })
})

function bits(size: number, write: (view: DataView) => void): string {
  const bytes = Buffer.alloc(size)
  write(new DataView(bytes.buffer, bytes.byteOffset, size))
  return bytes.toString('hex').toUpperCase()
}

const without = (value: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
