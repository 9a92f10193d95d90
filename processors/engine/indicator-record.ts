import { topicById } from '../../topics/topics.ts'
import type { Column } from '../indicators/column.ts'
import type { TapeBar } from '../ingest/tape-record.ts'
import type { OutputRecord } from '../processor.ts'

/** The topic that the engine writes. */
export const INDICATORS = topicById('indicators').id

/** Full name of the Avro record of a row of indicators. */
export const INDICATOR_ROW = 'barline.indicators.IndicatorRow'

/**
 * The row of one bar: the bar itself, what a split did to its units, and each column under `<indicator_id>__<output>`, null
 * where the engine has no value. Keyed by symbol, stamped with the close of the bar.
 */
export function indicatorRecord(
  bar: TapeBar,
  knownAt: number,
  splitFactor: number | null,
  columns: readonly Column[],
  values: Float64Array,
): OutputRecord {
  const value: Record<string, unknown> = {
    symbol: bar.symbol,
    timeframe: bar.timeframe,
    ts: bar.ts,
    known_at: knownAt,
    ts_open: bar.ts_open,
    open: bar.open,
    high: bar.high,
    low: bar.low,
    close: bar.close,
    volume: bar.volume,
    split_factor: splitFactor,
  }
  for (const [index, { field }] of columns.entries()) {
    const column = values[index] ?? Number.NaN
    value[field] = Number.isNaN(column) ? null : column
  }
  return { topic: INDICATORS, key: bar.symbol, recordName: INDICATOR_ROW, value, timestamp: bar.ts }
}
