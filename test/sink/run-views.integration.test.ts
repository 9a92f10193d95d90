import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { loadSchemas } from '../../avro/schemas.ts'
import type { DataRecord } from '../../processors/processor.ts'
import { auditTables } from '../../sink/audit.ts'
import { type ClickHouse, openClickHouse } from '../../sink/clickhouse-client.ts'
import { ensureTables } from '../../sink/migrate.ts'
import { createSink } from '../../sink/sink.ts'
import { storedTables } from '../../sink/stored-tables.ts'
import type { TableDefinition } from '../../sink/table-definition.ts'
import { runTopicId } from '../../topics/run-topics.ts'
import { topicById } from '../../topics/topics.ts'
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from './support/embedded-clickhouse.ts'
import { refusalsByIndex } from './support/sample-table.ts'

const schemas = loadSchemas()
const schemaOf = (name: string) => {
  const schema = schemas.get(name)
  if (!schema) throw new Error(name)
  return schema
}
const tables = storedTables({ topics: [topicById('runs'), topicById('tape')], schemaOf, database: 'runs_test' })
const bars = tables.find(({ name }) => name === 'tape_bars') as TableDefinition
const day = (number: number) => Date.UTC(2020, 0, number)

let server: EmbeddedClickHouse
let client: ClickHouse

/** Stores bars of a run: each as its day, its close and the day on which it became known. */
async function storeBars(runId: string, rows: readonly (readonly [number, number, number])[]): Promise<void> {
  const topic = runId === 'live' ? 'tape' : runTopicId('tape', runId)
  const records = rows.map(([number, close, known], offset): DataRecord => {
    const times = { ts: day(number), ts_open: day(number - 1), known_at: day(known), raw_known_at: day(known) }
    const value = {
      symbol: 'AAA',
      timeframe: '1d',
      ...times,
      open: 1,
      high: 9,
      low: 1,
      close,
      volume: 1,
      source_offset: 0,
    }
    const place = { topic, partition: 0, offset, timestamp: day(number), key: 'AAA' }
    return { kind: 'data', ...place, recordName: 'barline.tape.TapeBar', value, headers: {} }
  })
  const { emits } = refusalsByIndex()
  await createSink({ client, tables: [{ ...bars, topic }], runId }).applyChunk(records, emits)
}

let said = 0

async function sayOfRun(runId: string, adoptedAt: number | null): Promise<void> {
  const ends = { tape_end_offset: 1, state_end_offset: 1, corrected_bars: 1, rows: { tape: 1 }, release: '1' }
  const times = { from_ts: day(2), to_ts: day(3), finished_at: day(20), adopted_at: adoptedAt }
  const value = { run_id: runId, symbol: 'AAA', base_run_id: 'live', ...times, ...ends }
  said += 1
  const place = { topic: 'runs', partition: 0, offset: said, timestamp: day(20), key: 'AAA' }
  const record: DataRecord = { kind: 'data', ...place, recordName: 'barline.runs.Run', value, headers: {} }
  const { emits } = refusalsByIndex()
  await createSink({ client, tables, runId: 'live' }).applyChunk([record], emits)
}

const closes = async (from: string) =>
  (await client.rows<{ close: number }>(`SELECT close FROM runs_test.${from} ORDER BY ts`)).map(({ close }) => close)
const asOf = (number: number) => closes(`tape_bars_asof(as_of = '2020-01-${String(number).padStart(2, '0')} 00:00:00')`)

beforeAll(async () => {
  server = await startEmbeddedClickHouse()
  client = openClickHouse({ url: server.url })
  await ensureTables(client, tables)
  await storeBars('live', [
    [1, 1, 1],
    [2, 2, 2],
    [3, 3, 3],
  ])
  await storeBars('backfill-a', [
    [2, 2.5, 10],
    [3, 3.5, 10],
  ])
  await storeBars('backfill-b', [[3, 3.75, 12]])
}, 90_000)

afterAll(async () => {
  await client?.close()
  await server?.stop()
})

describe('the views of a table to which backfills add rows', () => {
  test('read no run that was only finished', async () => {
    await sayOfRun('backfill-a', null)
    expect(await closes('tape_bars_latest')).toEqual([1, 2, 3])
    expect(await asOf(30)).toEqual([1, 2, 3])
  })

  test('read the rows of an adopted run before the live ones, each row once', async () => {
    await sayOfRun('backfill-a', day(21))
    expect(await closes('tape_bars_latest')).toEqual([1, 2.5, 3.5])
  })

  test('answer as of a time before the correction was known as before', async () => {
    expect(await asOf(9)).toEqual([1, 2, 3])
    expect(await asOf(10)).toEqual([1, 2.5, 3.5])
  })

  test('read of two runs the one that was adopted last, where it has a row', async () => {
    await sayOfRun('backfill-b', day(22))
    expect(await closes('tape_bars_latest')).toEqual([1, 2.5, 3.75])
    await sayOfRun('backfill-a', day(23))
    expect(await closes('tape_bars_latest')).toEqual([1, 2.5, 3.5])
  })

  test('find one symbol by the index instead of reading the table', async () => {
    const lines = await client.rows<{ explain: string }>(
      "SELECT explain FROM (EXPLAIN SELECT count() FROM runs_test.tape_bars_latest WHERE symbol = 'AAA')",
    )
    const plan = lines.map(({ explain }) => explain).join('\n')
    expect(plan.indexOf('LimitBy')).toBeGreaterThan(-1)
    expect(plan.indexOf('LimitBy')).toBeLessThan(plan.lastIndexOf("symbol = 'AAA'"))
  })
})

test('an audit counts the rows of the topic that fills the table, not those of backfills', async () => {
  expect(await auditTables(client, [bars])).toMatchObject([{ rowsFinal: 3, records: 3, duplicatesFinal: 0 }])
})
