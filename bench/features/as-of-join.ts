import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSchemas } from '../../avro/schemas.ts'
import type { ResolvedView } from '../../catalog/views.ts'
import { ClickHouseServer } from '../../local/clickhouse/clickhouse-server.ts'
import { rememberedPorts } from '../../local/ports.ts'
import { tablesIn } from '../../serve/features/open-feature-service.ts'
import { storedRowColumns } from '../../serve/features/row-columns.ts'
import { asOfRowsSql, pointsSql } from '../../sink/as-of-rows.ts'
import { type ClickHouse, openClickHouse } from '../../sink/clickhouse-client.ts'
import { ensureTables } from '../../sink/migrate.ts'
import { quoteName, quoteTable } from '../../sink/sql-text.ts'
import type { TableDefinition } from '../../sink/table-definition.ts'
import { tableName } from '../../topics/topics.ts'
import { closeOf, dailyView, symbols } from './synthetic.ts'

const ROWS_OF_A_SYMBOL = 2_000
const POINTS = 4_000

/** Rows a second that came back of a query. */
export type Rate = { readonly what: string; readonly rows: number; readonly seconds: number; readonly 'rows/s': number }

/** As-of joins over a table of 100 symbols with 2,000 rows each, beside the plain SELECT of as many rows by their keys. */
export async function asOfJoins(): Promise<readonly Rate[]> {
  const dir = await mkdtemp(join(tmpdir(), 'barline-bench-features-'))
  const server = new ClickHouseServer(join(dir, 'clickhouse'), rememberedPorts(dir), {
    logFile: join(dir, 'clickhouse.log'),
    children: { add: () => {}, drop: () => {} },
    onUnexpectedExit: () => {},
  })
  await server.start()
  const client = openClickHouse({ url: server.url, deadlineMs: 300_000 })
  try {
    const view = dailyView()
    const all = tablesIn('bench')
    await ensureTables(client, all)
    const table = all.find(({ name }) => name === tableName(view.topic))
    if (table === undefined) throw new RangeError(`No table keeps ${view.topic}`)
    await fill(client, table)
    return await measure(client, table, view)
  } finally {
    await client.close()
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

async function fill(client: ClickHouse, table: TableDefinition): Promise<void> {
  const schema = loadSchemas().get(table.recordName)
  const kinds = new Map(schema?.fields.map(({ name, type }) => [name, JSON.stringify(type)]))
  const own: Record<string, string> = {
    symbol: "concat('SYM', toString(number % 100))",
    timeframe: "'1d'",
    ts: `fromUnixTimestamp64Milli(toInt64(${closeOf(0)} + intDiv(number, 100) * 86400000), 'UTC')`,
    known_at: `fromUnixTimestamp64Milli(toInt64(${closeOf(0)} + intDiv(number, 100) * 86400000 + 1000), 'UTC')`,
    run_id: "'live'",
    _topic: `'${table.topic}'`,
    _epoch: '1',
    _partition: 'toInt32(number % 4)',
    _offset: 'toInt64(number)',
    _key: "concat('SYM', toString(number % 100))",
  }
  const sampleOf = (name: string): string => {
    const type = kinds.get(name) ?? ''
    if (type.includes('bytes')) return "unhex(repeat('00', 32))"
    if (type.includes('array')) return 'arrayMap(x -> toFloat32(x), range(16))'
    if (type.includes('boolean')) return 'number % 3 = 0'
    if (type.includes('"int"')) return 'toInt32(number % 3)'
    return `toFloat32(sin(number + ${name.length}) * 100)`
  }
  const names = table.columns.map(({ name }) => name)
  await client.command(
    `INSERT INTO ${quoteTable(table)} (${names.map(quoteName).join(', ')})
SELECT ${names.map((name) => own[name] ?? sampleOf(name)).join(', ')} FROM numbers(${100 * ROWS_OF_A_SYMBOL})`,
  )
}

async function measure(client: ClickHouse, table: TableDefinition, view: ResolvedView): Promise<readonly Rate[]> {
  const points = Array.from({ length: POINTS }, (_, at) => ({
    symbol: symbols[at % symbols.length] ?? '',
    asOf: closeOf((at * 7_919) % ROWS_OF_A_SYMBOL) + 1_000 + ((at * 104_729) % 86_000_000),
  }))
  const query = { table, timeframe: '1d', points: pointsSql(points), symbols }
  const columns = storedRowColumns(view)
  const keys = points.map(
    ({ symbol, asOf }) =>
      `('${symbol}', fromUnixTimestamp64Milli(${asOf - ((asOf - closeOf(0)) % 86_400_000)}, 'UTC'))`,
  )
  const plain = (select: readonly string[]) =>
    `SELECT ${select.join(', ')} FROM ${quoteTable(table)} AS r WHERE r.timeframe = '1d' AND (r.symbol, r.ts) IN (${keys.join(', ')})`
  const count = view.features.length
  return [
    await rate(
      client,
      'as-of join, keys only',
      asOfRowsSql({ ...query, select: ['p.point AS point', 'r.ts AS row_ts'] }),
    ),
    await rate(
      client,
      `as-of join, ${count} features`,
      asOfRowsSql({ ...query, select: ['p.point AS point', ...columns] }),
    ),
    await rate(client, 'plain SELECT by key, keys only', plain(['r.symbol AS row_symbol', 'r.ts AS row_ts'])),
    await rate(client, `plain SELECT by key, ${count} features`, plain(columns)),
  ]
}

async function rate(client: ClickHouse, what: string, sql: string): Promise<Rate> {
  await client.rows(sql)
  const startedAt = performance.now()
  const rows = (await client.rows(sql)).length
  const seconds = (performance.now() - startedAt) / 1000
  return { what, rows, seconds: Number(seconds.toFixed(3)), 'rows/s': Math.round(rows / seconds) }
}
