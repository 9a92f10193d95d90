import { BACKFILL_PREFIX } from '../topics/run-topics.ts'
import { runsOf } from './ddl.ts'
import { quoteTable, quoteText } from './sql-text.ts'
import type { TableDefinition } from './table-definition.ts'

/** A question for all rows of series that are read, of every run. */
export type RunRowsQuery = {
  /** A table of series: symbol, timeframe, ts, known_at. */
  readonly table: TableDefinition
  readonly timeframe: string
  /** All that there are by default. */
  readonly symbols?: readonly string[]
  /** Further columns: the row's are `r.<name>`. */
  readonly select: readonly string[]
}

/**
 * A SELECT of the rows of series by symbol and ts, those of the live run and of adopted runs, each once: `row_symbol`, `row_ts` (epoch
 * milliseconds), `row_run`, `is_backfill`, then the columns asked for. Of one ts the row of the run adopted last comes first, which is the one
 * that the view `_latest` shows, and the live one last.
 */
export function runRowsSql({ table, timeframe, symbols, select }: RunRowsQuery): string {
  const { adopted, isCurrent, latestRun } = runsOf(table)
  const conditions = [
    `r.timeframe = ${quoteText(timeframe)}`,
    ...(symbols === undefined ? [] : [`r.symbol IN (${symbols.map(quoteText).join(', ')})`]),
    ...isCurrent,
  ]
  const columns = [
    'toString(r.symbol) AS row_symbol',
    'toUnixTimestamp64Milli(r.ts) AS row_ts',
    'toString(r.run_id) AS row_run',
    `startsWith(r.run_id, ${quoteText(BACKFILL_PREFIX)}) AS is_backfill`,
    ...select,
  ]
  const newest = [...latestRun, 'r.known_at', 'r._epoch', 'r._offset', 'r._partition'].map((value) => `${value} DESC`)
  return [
    ...adopted,
    `SELECT ${columns.join(', ')} FROM ${quoteTable(table)} AS r`,
    `WHERE ${conditions.join(' AND ')}`,
    `ORDER BY r.symbol, r.ts, ${newest.join(', ')}`,
    'LIMIT 1 BY r.symbol, r.ts, r.run_id',
  ].join('\n')
}
