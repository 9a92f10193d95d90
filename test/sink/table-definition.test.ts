import { describe, expect, test } from '@jest/globals'
import { loadSchemas, type RecordSchema } from '../../avro/schemas.ts'
import { clusterDdl } from '../../sink/cluster-ddl.ts'
import { clickHouseType } from '../../sink/column-type.ts'
import { createTable, createViews } from '../../sink/ddl.ts'
import { createRowEncoder } from '../../sink/row-binary.ts'
import { RowBuffer } from '../../sink/row-buffer.ts'
import { storedTables } from '../../sink/stored-tables.ts'
import { topics } from '../../topics/topics.ts'
import { sampleSchema, sampleTable } from './support/sample-table.ts'

const field = (name: string, type: RecordSchema['fields'][number]['type']) => ({ name, type })
const withFields = (...added: RecordSchema['fields']): RecordSchema => ({
  ...sampleSchema,
  fields: [...sampleSchema.fields, ...added],
})

describe('a table', () => {
  test('has a column for each field, then the run and the place in the log', () => {
    const columns = sampleTable().columns.map(({ name, type }) => `${name} ${clickHouseType(type)}`)
    expect(columns).toEqual([
      'symbol LowCardinality(String)',
      'timeframe LowCardinality(String)',
      "ts DateTime64(3, 'UTC')",
      "known_at DateTime64(3, 'UTC')",
      'price Float64',
      'indicator Nullable(Float64)',
      'feature Nullable(Float32)',
      'state Nullable(Int32)',
      'imputed Nullable(Bool)',
      'flag Bool',
      'count Int64',
      'note Nullable(String)',
      'source LowCardinality(Nullable(String))',
      'raw Nullable(String)',
      'names Array(String)',
      'weights Array(Float64)',
      'contracts Map(String, String)',
      'run_id LowCardinality(String)',
      '_topic LowCardinality(String)',
      '_epoch UInt32',
      '_partition Int32',
      '_offset Int64',
      '_key String',
    ])
  })

  test('keeps the run of a record that has one, without a second column', () => {
    const table = sampleTable(withFields(field('run_id', 'string')))
    expect(table.columns.filter(({ name }) => name === 'run_id')).toMatchObject([{ source: 'field' }])
  })

  test('is sorted by natural key, run and place in the log, and remembers insert tokens', () => {
    const sql = createTable(sampleTable())
    expect(sql).toContain('ENGINE = ReplacingMergeTree\n')
    expect(sql).toContain('PRIMARY KEY (`symbol`, `timeframe`, `ts`, `run_id`)')
    expect(sql).toContain('ORDER BY (`symbol`, `timeframe`, `ts`, `run_id`, `_epoch`, `_partition`, `_offset`)')
    expect(sql).toContain('SETTINGS non_replicated_deduplication_window = 10000')
    expect(sql).not.toContain('PARTITION BY')
    expect(sql).toContain(
      "`symbol` LowCardinality(String) COMMENT 'Instrument, \\'quoted\\' \\\\ slashed' CODEC(ZSTD(1))",
    )
  })

  test('has another schema hash when what a row means changes, and the same when words change', () => {
    const { schemaHash } = sampleTable()
    expect(sampleTable({ ...sampleSchema, doc: 'Other words' }).schemaHash).toBe(schemaHash)
    expect(sampleTable(withFields(field('more', ['null', 'double']))).schemaHash).not.toBe(schemaHash)
  })

  test('keeps an array that may be absent as an array, since there is no Nullable(Array)', () => {
    const table = sampleTable(withFields(field('vector', ['null', { type: 'array', items: 'float' }])))
    const column = table.columns.find(({ name }) => name === 'vector')
    expect(column?.type).toEqual({ kind: 'array', items: { kind: 'float32', nullable: false }, nullAsEmpty: true })
    const bytes = (vector: unknown): number[] => {
      const buffer = new RowBuffer()
      const only = { ...table, columns: column ? [column] : [] }
      const place = { partition: 0, offset: 0, key: '' }
      expect(createRowEncoder(only, 'live').append(buffer, { ...place, value: { vector } })).toBeUndefined()
      return [...buffer.slice(0, buffer.length)]
    }
    expect(bytes(null)).toEqual([0])
    expect(bytes([1, -2])).toEqual([2, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
  })

  test.each([
    ['a union of two types', field('x', ['string', 'int'])],
    ['a nullable map', field('x', ['null', { type: 'map', values: 'int' }])],
    ['an unknown logical type', field('x', { type: 'int', logicalType: 'date' })],
    ['the name of a column of the sink', field('_offset', 'long')],
  ])('cannot have %s', (_, bad) => {
    expect(() => sampleTable(withFields(bad))).toThrow(expect.objectContaining({ code: 'SCHEMA_NOT_STORABLE' }))
  })

  test('cannot lack a field of its natural key', () => {
    const schema = { ...sampleSchema, fields: sampleSchema.fields.filter(({ name }) => name !== 'ts') }
    expect(() => sampleTable(schema)).toThrow('ts is in its natural key')
  })
})

describe('the tables of the project', () => {
  const schemas = loadSchemas()
  const schemaOf = (name: string): RecordSchema => schemas.get(name) ?? { ...sampleSchema, name }
  const tables = storedTables({ topics, schemaOf, database: 'barline' })
  const named = (name: string) => tables.find((table) => table.name === name)

  test('are as many as the records that topics mark as stored', () => {
    expect(tables.map(({ name }) => name)).toEqual(
      topics.flatMap(({ records }) => records.flatMap(({ table }) => (table === undefined ? [] : [table]))),
    )
  })

  test('sort dead letters by where their record came from', () => {
    expect(named('dead_letters_ingest')?.naturalKey).toEqual([
      'processor',
      'source_topic',
      'source_partition',
      'source_offset',
      'run_id',
    ])
  })

  test('have a view of the newest rows, and one as of a time where rows say when they were known', () => {
    const views = (name: string) => {
      const table = named(name)
      return table ? createViews(table).map((view) => view.name) : []
    }
    expect(views('tape_bars')).toEqual(['tape_bars_latest', 'tape_bars_asof'])
    expect(views('dead_letters_ingest')).toEqual(['dead_letters_ingest_latest'])
  })

  test.each(['market_state', 'market_macro', 'market_portfolio', 'tape_macro', 'tape_positions'])(
    'read the market-wide rows of %s from partition 0',
    (name) => {
      const table = named(name)
      expect(
        table && createViews(table).map(({ sql }) => / AND _partition = 0|WHERE _partition = 0/.test(sql)),
      ).toEqual([true, true])
    },
  )

  test.each(['market_events', 'tape_events'])('read of %s the events of the whole market from partition 0', (name) => {
    const table = named(name)
    expect(table && createViews(table).every(({ sql }) => sql.includes("(symbol != '*' OR _partition = 0)"))).toBe(true)
  })

  test('read rows of a symbol from every partition', () => {
    const table = named('tape_quotes')
    expect(table && createViews(table).some(({ sql }) => sql.includes('_partition ='))).toBe(false)
  })

  test('refuse two topics for one table', () => {
    const [first] = topics
    expect(
      first && (() => storedTables({ topics: [first, { ...first, id: 'other' }], schemaOf, database: 'd' })),
    ).toThrow('already keeps')
  })

  test('have statements for a cluster, replicated and sharded by the first column of the natural key', () => {
    const [database, local, distributed] = clusterDdl(sampleTable(), 'main')
    expect(database).toBe('CREATE DATABASE IF NOT EXISTS `test` ON CLUSTER `main`')
    expect(local).toContain(
      "ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/test/samples_local', '{replica}')",
    )
    expect(local).toContain('replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800')
    expect(distributed).toContain("ENGINE = Distributed('main', 'test', 'samples_local', cityHash64(`symbol`))")
  })
})
