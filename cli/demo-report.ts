import { auditTables } from '../sink/audit.ts'
import type { ClickHouse } from '../sink/clickhouse-client.ts'
import { tableName } from '../topics/topics.ts'
import type { Addresses } from './addresses.ts'
import type { Config } from './config.ts'
import { openLog } from './connect.ts'
import { connectClickHouse, tablesOf } from './connect-store.ts'
import type { DemoRun } from './demo.ts'
import type { Percentiles } from './latency-probe.ts'
import { textTable } from './text-table.ts'
import { countTopics } from './topic-counts.ts'

/** One line of the table: a stored topic and its tables together. */
export type TopicLine = {
  readonly topic: string
  readonly dataRecords: number
  readonly markers: number
  readonly rows: number
  readonly duplicates: number
}

type Print = (line: string) => void

/** Counts every stored topic in the log and in ClickHouse. */
export async function countEverything(config: Config, addresses: Addresses): Promise<TopicLine[]> {
  const log = openLog(config, addresses, 'barline-count')
  const client = connectClickHouse(config, addresses)
  try {
    const tables = tablesOf(config)
    const topics = [...new Set(tables.map((table) => table.topic))]
    const [audits, counts] = await Promise.all([
      auditTables(client, tables),
      countTopics(log, topics, config.partitions),
    ])
    return counts.map(({ topic, dataRecords, markers }) => {
      const mine = audits.filter((audit) => audit.topic === topic)
      const rows = mine.reduce((sum, { rowsFinal }) => sum + rowsFinal, 0)
      const duplicates = mine.reduce((sum, { duplicatesFinal }) => sum + duplicatesFinal, 0)
      return { topic, dataRecords, markers, rows, duplicates }
    })
  } finally {
    await Promise.all([log.close(), client.close()])
  }
}

const millis = ({ count, p50, p99 }: Percentiles) =>
  `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms over ${count} scores`

async function printDeadLetters(
  client: ClickHouse,
  config: Config,
  lines: readonly TopicLine[],
  print: Print,
): Promise<void> {
  const letters = lines.filter(({ topic, rows }) => topic.startsWith('dead-letters.') && rows > 0)
  if (letters.length === 0) print('dead letters: none')
  for (const { topic } of letters) {
    const table = tableName(topic)
    const counts = await client.rows<{ reason: string; records: number; example: string }>(
      `SELECT reason, count() AS records, any(message) AS example FROM ${config.clickhouse.database}.${table} FINAL GROUP BY reason ORDER BY reason`,
    )
    for (const { reason, records, example } of counts)
      print(`dead letters: ${topic} ${reason} ${records}, for example: ${example}`)
  }
}

async function printScores(client: ClickHouse, database: string, print: Print): Promise<void> {
  const scores = await client.rows<Record<string, unknown>>(
    `SELECT symbol, toString(toDate(ts)) AS session, round(p_up, 4) AS p_up, model_id, model_version, substring(score_id, 1, 12) AS score_id
     FROM ${database}.scores FINAL WHERE status = 'ok' ORDER BY ts DESC, symbol LIMIT 7`,
  )
  print(`\nthe newest scores (probability that the close 20 bars on is higher):\n${textTable(scores)}`)
}

function printQueries({ clickhouseUrl }: Addresses, database: string, print: Print): void {
  print(`
three queries to try while it runs (npm run demo -- --keep), on ${clickhouseUrl}/?database=${database}
  SELECT symbol, count(), min(ts), max(ts), avg(p_up) FROM scores_latest WHERE status = 'ok' GROUP BY symbol
  SELECT toYear(ts) AS year, avg(rsi_14_value), avg(realized_vol_20_value) FROM features_core_pack_1d_latest WHERE symbol = 'AAPL' GROUP BY year ORDER BY year
  SELECT ts, close, split_factor, sma_20__value, rsi_14__value FROM indicators_latest WHERE symbol = 'AAPL' AND ts BETWEEN '2005-02-20' AND '2005-03-10' ORDER BY ts`)
}

/** Prints the table of the demo; whether every stored topic has as many rows as data records, none of them twice. */
export async function printReport(config: Config, addresses: Addresses, run: DemoRun, print: Print): Promise<boolean> {
  const lines = await countEverything(config, addresses)
  const { database } = config.clickhouse
  const shown = lines.map((line) => ({
    topic: line.topic,
    'data records': line.dataRecords,
    markers: line.markers,
    'rows (FINAL)': line.rows,
    duplicates: line.duplicates,
    equal: line.dataRecords === line.rows ? 'yes' : 'NO',
  }))
  print(`\n${textTable(shown)}`)
  const client = connectClickHouse(config, addresses)
  try {
    await printDeadLetters(client, config, lines, print)
    const { load, bulkSeconds, latencies } = run
    if (load.produced === 0) {
      print(`nothing new to load: all ${load.skippedRows} rows had been loaded before`)
    } else {
      const records = lines.reduce((sum, { dataRecords }) => sum + dataRecords, 0)
      print(
        `throughput: ${load.produced} bars and events became ${records} records; the history took ${bulkSeconds.toFixed(1)} s from the first ` +
          `byte loaded to the last row stored (${Math.round(load.produced / bulkSeconds)} bars/s)`,
      )
      print(`latency from bar to raw score, live tail: ${millis(latencies.barToRawScore)}`)
      print(
        `barrier wait, from raw score to blended score: ${millis(latencies.barrierWait)} (the closing marker comes one step of the tail behind the bars)`,
      )
    }
    await printScores(client, database, print)
  } finally {
    await client.close()
  }
  printQueries(addresses, database, print)
  return lines.every(({ dataRecords, rows, duplicates }) => dataRecords === rows && duplicates === 0)
}
