import { runsOf } from './ddl.ts'
import { quoteTable, quoteText } from './sql-text.ts'
import type { TableDefinition } from './table-definition.ts'

/** A moment at which a symbol's newest known row is asked for; UTC epoch milliseconds. */
export type AsOfPoint = { readonly symbol: string; readonly asOf: number }

/** A question for the newest row of a series known at each of many points. */
export type AsOfQuery = {
  /** A table of series: symbol, timeframe, ts, known_at. */
  readonly table: TableDefinition
  readonly timeframe: string
  /** A SELECT with `point` (one for each, also the order), `symbol` and `as_of` (DateTime64(3)), and columns that are handed on. */
  readonly points: string
  /** The symbols of the points; all others are not read. */
  readonly symbols: readonly string[]
  /** What to select; the row's columns are `r.<name>`, those of the points `p.<name>`. */
  readonly select: readonly string[]
}

/**
 * A SELECT of the newest row of a symbol with `known_at <= as_of`, for each point that has one, in the order of the points. Newest
 * is by `ts`; of several records of one `ts` the one that the view `_asof` shows: of the run adopted last among those known by then.
 */
export function asOfRowsSql({ table, timeframe, points, symbols, select }: AsOfQuery): string {
  const { adopted, isCurrent, latestRun } = runsOf(table)
  const series = [
    `timeframe = ${quoteText(timeframe)}`,
    `symbol IN (${symbols.map(quoteText).join(', ')})`,
    ...isCurrent,
  ].join(' AND ')
  const name = quoteTable(table)
  // By the time that a `ts` was first known, the newest `ts` known until then: a healed gap is known later than the rows behind it.
  return [
    ...(adopted.length > 0 ? [`${adopted[0]},`] : ['WITH']),
    `points AS (${points}),`,
    'known AS (',
    '  SELECT symbol, first_known, max(newest) OVER (PARTITION BY symbol ORDER BY first_known ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS newest_ts',
    '  FROM (SELECT symbol, first_known, max(ts) AS newest FROM (',
    `    SELECT symbol, ts, min(known_at) AS first_known FROM ${name} WHERE ${series} GROUP BY symbol, ts`,
    '  ) GROUP BY symbol, first_known)',
    '),',
    'chosen AS (',
    '  SELECT points.*, known.newest_ts AS newest_ts FROM points ASOF INNER JOIN known',
    '  ON points.symbol = known.symbol AND points.as_of >= known.first_known',
    ')',
    `SELECT ${select.join(', ')}`,
    `FROM (SELECT * FROM ${name} WHERE ${series} AND (symbol, ts) IN (SELECT symbol, newest_ts FROM chosen)) AS r`,
    'INNER JOIN chosen AS p ON r.symbol = p.symbol AND r.ts = p.newest_ts',
    'WHERE r.known_at <= p.as_of',
    `ORDER BY p.point, ${[...latestRun.map((run) => run.replace('run_id', 'r.run_id')), 'r.known_at', 'r._epoch', 'r._offset', 'r._partition'].map((value) => `${value} DESC`).join(', ')}`,
    'LIMIT 1 BY p.point',
  ].join('\n')
}

/** Points as a SELECT, numbered in their order. */
export function pointsSql(points: readonly AsOfPoint[]): string {
  const literals = points.map(({ symbol, asOf }, at) => `(${at}, ${quoteText(symbol)}, ${Math.trunc(asOf)})`)
  const tuple = `arrayJoin(CAST([${literals.join(', ')}], 'Array(Tuple(UInt32, String, Int64))'))`
  return `SELECT each.1 AS point, each.2 AS symbol, fromUnixTimestamp64Milli(each.3, 'UTC') AS as_of FROM (SELECT ${tuple} AS each)`
}
