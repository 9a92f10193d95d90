import type { DerivedInput } from '../../catalog/derived-inputs.ts'
import { createDeriver } from '../../processors/features/derived-fold.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import { runRowsSql } from '../../sink/run-rows.ts'
import { quoteName } from '../../sink/sql-text.ts'
import { streamRows } from '../../sink/stream-rows.ts'
import type { TableDefinition } from '../../sink/table-definition.ts'

/** A row of the history of a view with the inputs that are derived of it and the rows before, NaN = null. */
export type DerivedRow = {
  readonly symbol: string
  /** UTC epoch milliseconds. */
  readonly ts: number
  readonly run: string
  readonly inputs: readonly number[]
  /** The further columns that were asked for. */
  readonly cells: readonly unknown[]
}

/** Which history, and what is derived of it. */
export type DerivedHistory = {
  /** The table of a view. */
  readonly table: TableDefinition
  readonly timeframe: string
  /** All that there are by default. */
  readonly symbols?: readonly string[]
  readonly derived: readonly DerivedInput[]
  /** Further columns of a row called `r`. */
  readonly select?: readonly string[]
}

/**
 * The whole history of a view by symbol and ts, from the first row on, folded as inference folds it. A row of an adopted run follows the
 * rows of its run, and before the first of them the live ones; of one ts the row that is read now comes first. Throws what
 * ClickHouse throws.
 */
export async function* derivedHistory(
  client: ClickHouse,
  { table, timeframe, symbols, derived, select = [] }: DerivedHistory,
): AsyncGenerator<DerivedRow> {
  const features = [...new Set(derived.map(({ feature }) => feature.id))]
  const derive = createDeriver(derived.map(({ id, feature, transform }) => ({ id, feature: feature.id, transform })))
  // As the doubles that they equal, so that all bits come; false and true are 0 and 1.
  const sources = features.map((id) => `toFloat64(r.${quoteName(id)})`)
  const sql = runRowsSql({ table, timeframe, select: [...sources, ...select], ...(symbols ? { symbols } : {}) })
  for await (const [symbol, ts, run, isBackfill, ...rest] of streamRows<Row>(client, sql)) {
    const numberOf = (feature: string): number => {
      const value = rest[features.indexOf(feature)]
      return typeof value === 'number' ? value : Number.NaN
    }
    const inputs = isBackfill ? derive(`${symbol} ${run}`, numberOf, symbol) : derive(symbol, numberOf)
    yield { symbol, ts, run, inputs, cells: rest.slice(features.length) }
  }
}

type Row = readonly [symbol: string, ts: number, run: string, isBackfill: number | boolean, ...cells: unknown[]]
