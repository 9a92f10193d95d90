import type { Timeframe } from '../../catalog/timeframe.ts'
import { createIndicatorInput, type IndicatorInput, readIndicatorRow } from '../features/indicator-input.ts'
import type { DataRecord } from '../processor.ts'
import type { Refusal } from '../refusal.ts'
import type { MemberRow } from './section.ts'

/** The bar of a row; every row has one. */
export const BAR_FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const

/** A row with the timeframe it is of, or what is wrong with its record. */
export type ReadRow = { readonly timeframe: Timeframe; readonly row: MemberRow } | { readonly refusal: Refusal }

/** Builds what reads the values of `fields`, the bar among them, from a record of `indicators`. */
export function createRowReader(fields: readonly string[]): (record: DataRecord) => ReadRow {
  const input: IndicatorInput = createIndicatorInput(fields.length)
  const read = fields.map((name, at) => ({ name, at, width: 1 }))
  const bar = BAR_FIELDS.map((name) => fields.indexOf(name))
  return (record) => {
    const refusal = readIndicatorRow(record, read, input)
    if (refusal !== undefined) return { refusal }
    const { symbol, timeframe, ts, splitFactor } = input
    const missing = BAR_FIELDS.filter((_, at) => Number.isNaN(input.values[bar[at] ?? -1]))
    if (missing.length > 0) return { refusal: { reason: 'NOT_FINITE', message: `${missing.join(', ')} is absent` } }
    return { timeframe, row: { symbol, partition: record.partition, ts, splitFactor, values: input.values.slice() } }
  }
}
