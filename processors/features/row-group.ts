import type { DataRecord, InputRecord } from '../processor.ts'
import { type IndicatorInput, rowsLeftOf } from './indicator-input.ts'

/**
 * The rows of one symbol and closing time that have come so far, those that the view reads. They are taken in together once the
 * last of them is there, so that none depends on the order in which timeframes that close together are written. Never changed:
 * a longer group is another one.
 */
export type RowGroup = { readonly symbol: string; readonly ts: number; readonly rows: readonly IndicatorInput[] }

/** The group with a row behind it; a group of its own if there is none. */
export function withRow(group: RowGroup | undefined, row: IndicatorInput): RowGroup {
  const copy = { ...row, values: row.values.slice() }
  return { symbol: row.symbol, ts: row.ts, rows: [...(group?.rows ?? []), copy] }
}

/** Whether a record of `indicators` is of the group's symbol and time. If not, the group is over, whatever it still lacks. */
export function continues({ symbol, ts }: RowGroup, record: InputRecord): boolean {
  return record.kind === 'data' && record.key === symbol && record.value.ts === ts
}

/** Whether the group of a record of `indicators` ends with it, also when the record itself is refused. */
export function endsGroup(record: DataRecord): boolean {
  return !(rowsLeftOf(record) > 0)
}
