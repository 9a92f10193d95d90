import type { ResolvedView } from '../../catalog/views.ts'
import { type AsOfPoint, asOfRowsSql, pointsSql } from '../../sink/as-of-rows.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import { quoteTable, quoteText } from '../../sink/sql-text.ts'
import type { TableDefinition } from '../../sink/table-definition.ts'
import { tableName } from '../../topics/topics.ts'
import { type StoredRow, storedRowColumns, storedRowReader } from './row-columns.ts'
import type { ServedRow } from './served-row.ts'

/** Points of one statement: its text stays far below what a server parses by default. */
const POINTS_A_QUERY = 4_000

/** A span of rows by `ts`, the end excluded; UTC epoch milliseconds. */
export type Span = { readonly symbols: readonly string[]; readonly from: number; readonly to: number }

/** What ClickHouse keeps of a view. */
export type FeatureHistory = {
  readonly view: ResolvedView
  readonly table: TableDefinition
  /** For each point the row known then, undefined where there was none. */
  asOf(points: readonly AsOfPoint[]): Promise<readonly (ServedRow | undefined)[]>
  /** Rows by symbol and ts, at most `limit`. */
  range(span: Span, limit: number): Promise<readonly ServedRow[]>
  /** The newest rows of every symbol that the topic, as it is now, has below an offset of each partition; oldest first. */
  newest(rowsPerSymbol: number, below: readonly number[]): Promise<readonly ServedRow[]>
  /** Symbols with rows of earlier epochs, from before the topic was made anew, and the newest `ts` of these. */
  beforeEpoch(): Promise<readonly { readonly symbol: string; readonly until: number }[]>
}

/** The history of a view. Throws RangeError when no table keeps its topic. */
export function createFeatureHistory(
  client: ClickHouse,
  view: ResolvedView,
  tables: readonly TableDefinition[],
): FeatureHistory {
  const table = tables.find(({ name }) => name === tableName(view.topic))
  if (table === undefined) throw new RangeError(`No table keeps ${view.topic}`)
  const read = storedRowReader(view)
  const columns = storedRowColumns(view)
  const timeframe = quoteText(view.timeframe)
  const latest = quoteTable({ database: table.database, name: `${table.name}_latest` })
  const ofTopic = `r.timeframe = ${timeframe} AND r._topic = ${quoteText(view.topic)}`

  return {
    view,
    table,
    async asOf(points) {
      const found: (ServedRow | undefined)[] = points.map(() => undefined)
      for (let start = 0; start < points.length; start += POINTS_A_QUERY) {
        const part = points.slice(start, start + POINTS_A_QUERY)
        const sql = asOfRowsSql({
          table,
          timeframe: view.timeframe,
          points: pointsSql(part),
          symbols: [...new Set(part.map(({ symbol }) => symbol))],
          select: ['p.point AS point', ...columns],
        })
        for (const stored of await client.rows<StoredRow & { point: number }>(sql)) {
          found[start + stored.point] = read(stored)
        }
      }
      return found
    },
    async range({ symbols, from, to }, limit) {
      const rows = await client.rows<StoredRow>(
        `SELECT ${columns.join(', ')} FROM ${latest} AS r
WHERE r.timeframe = ${timeframe} AND r.symbol IN (${symbols.map(quoteText).join(', ')}) AND ${spanSql(from, to)}
ORDER BY r.symbol, r.ts LIMIT ${limit}`,
      )
      return rows.map(read)
    },
    async newest(rowsPerSymbol, below) {
      const isBelow = below.map((offset, partition) => `(r._partition = ${partition} AND r._offset < ${offset})`)
      const rows = await client.rows<StoredRow>(
        `SELECT ${columns.join(', ')} FROM (
  SELECT * FROM ${quoteTable(table)} AS r
  WHERE ${ofTopic} AND r._epoch = ${table.epoch} AND (${isBelow.join(' OR ') || '0'})
  ORDER BY r.symbol, r.ts DESC, r._offset DESC LIMIT 1 BY r.symbol, r.ts
) AS r
ORDER BY r.symbol, r.ts DESC LIMIT ${rowsPerSymbol} BY r.symbol`,
      )
      return rows.map(read).reverse()
    },
    beforeEpoch: () =>
      client.rows<{ symbol: string; until: number }>(
        `SELECT toString(r.symbol) AS symbol, toUnixTimestamp64Milli(max(r.ts)) AS until FROM ${quoteTable(table)} AS r
WHERE ${ofTopic} AND r._epoch < ${table.epoch} GROUP BY r.symbol`,
      ),
  }
}

/** The condition that `r.ts` is in a span, the end excluded. */
export function spanSql(from: number, to: number): string {
  const time = (ms: number) => `fromUnixTimestamp64Milli(${Math.trunc(ms)}, 'UTC')`
  return `r.ts >= ${time(from)} AND r.ts < ${time(to)}`
}
