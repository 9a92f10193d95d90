import { type AsOfPoint, pointsSql } from './as-of-rows.ts'
import { quoteTable, quoteText } from './sql-text.ts'
import type { TableDefinition } from './table-definition.ts'

/** Moments of decision and the label of each. Times are UTC epoch milliseconds. */
export type LabelPoints = {
  /** The table of bars: symbol, timeframe, ts, ts_open, open, close, split_factor. */
  readonly bars: TableDefinition
  readonly timeframe: string
  readonly symbols: readonly string[]
  /** Bars from the open of entry to the close of exit, both included. */
  readonly horizonBars: number
  /** Given moments, or the open of every bar that opens in a span (its end excluded). */
  readonly at: readonly AsOfPoint[] | { readonly from: number; readonly to: number }
}

/** Columns of a label that {@link labelPointsSql} adds to `point`, `symbol` and `as_of`. */
export const labelColumns = ['entry_ts', 'exit_ts', 'entry_price', 'exit_price', 'forward_return'] as const

/**
 * A SELECT of points for `asOfRowsSql`, each with its label: entry is the open of the first bar that opens at the moment of decision or later, exit
 * the close of the `horizonBars`-th bar from there. `forward_return` = exit * splits / entry - 1, where splits are the new shares per old
 * that take effect behind the entry bar, up to that of exit: the entry bar's open is in new units already. Moments whose exit has
 * not come yet are left out. So what a decision knows (`known_at <= as_of`) always lies before what it is held to.
 */
export function labelPointsSql({ bars, timeframe, symbols, horizonBars, at }: LabelPoints): string {
  const table = quoteTable({ database: bars.database, name: `${bars.name}_latest` })
  const labels = `SELECT symbol, ts_open AS entry_ts, spans[${horizonBars}].1 AS exit_ts, open AS entry_price, spans[${horizonBars}].2 AS exit_price,
  exit_price * arrayProduct(arrayMap(span -> span.3, arraySlice(spans, 2))) / entry_price - 1 AS forward_return
FROM (
  SELECT toString(b.symbol) AS symbol, b.ts_open AS ts_open, b.open AS open, groupArray((b.ts, b.close, ifNull(b.split_factor, 1.0)))
    OVER (PARTITION BY b.symbol ORDER BY b.ts ROWS BETWEEN CURRENT ROW AND ${horizonBars - 1} FOLLOWING) AS spans
  FROM ${table} AS b WHERE b.timeframe = ${quoteText(timeframe)} AND b.symbol IN (${symbols.map(quoteText).join(', ')})
) WHERE length(spans) = ${horizonBars}`
  if ('from' in at) {
    const time = (ms: number) => `fromUnixTimestamp64Milli(${Math.trunc(ms)}, 'UTC')`
    return `SELECT (symbol, entry_ts) AS point, symbol, entry_ts AS as_of, ${labelColumns.join(', ')} FROM (${labels})
WHERE entry_ts >= ${time(at.from)} AND entry_ts < ${time(at.to)}`
  }
  const own = labelColumns.map((name) => `labels.${name} AS ${name}`)
  return `SELECT moments.point AS point, moments.symbol AS symbol, moments.as_of AS as_of, ${own.join(', ')}
FROM (${pointsSql(at)}) AS moments ASOF INNER JOIN (${labels}) AS labels
ON moments.symbol = labels.symbol AND moments.as_of <= labels.entry_ts`
}
