import { columnName, fieldName } from '../../catalog/indicator-column.ts'
import type { IndicatorRow, OutputDtype, OutputUnit } from '../../catalog/indicator-row.ts'

/** One value of the output row. */
export type Column = {
  readonly indicatorId: string
  readonly output: string
  /** Public name, `<indicator_id>.<output>`. */
  readonly name: string
  /** Field in Avro and ClickHouse, `<indicator_id>__<output>`. */
  readonly field: string
  readonly unit: OutputUnit
  readonly dtype: OutputDtype
}

/** The columns of `rows` in catalog order: the layout of an output row. */
export function columnsOf(rows: readonly IndicatorRow[]): readonly Column[] {
  return rows.flatMap(({ id, outputs }) =>
    outputs.map(({ name, unit, dtype }) => ({
      indicatorId: id,
      output: name,
      name: columnName(id, name),
      field: fieldName(id, name),
      unit,
      dtype,
    })),
  )
}
