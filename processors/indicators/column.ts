import { columnName, fieldName } from '../../catalog/indicator-column.ts'
import { type IndicatorRow, type OutputDtype, type OutputUnit, outputWidth } from '../../catalog/indicator-row.ts'

/** One number of the output row. */
export type Column = {
  readonly indicatorId: string
  readonly output: string
  /** Public name, `<indicator_id>.<output>`; the numbers of a vector share it. */
  readonly name: string
  /** Field in Avro and ClickHouse, `<indicator_id>__<output>`. */
  readonly field: string
  readonly unit: OutputUnit
  readonly dtype: OutputDtype
  /** Place in the vector that the output is, from 0; undefined for a scalar. */
  readonly component?: number
}

/** The columns of `rows` in catalog order: the layout of an output row. The numbers of a vector follow one another. */
export function columnsOf(rows: readonly IndicatorRow[]): readonly Column[] {
  return rows.flatMap(({ id, outputs }) =>
    outputs.flatMap(({ name, unit, dtype }) => {
      const names = { name: columnName(id, name), field: fieldName(id, name) }
      const column = { indicatorId: id, output: name, ...names, unit, dtype }
      const width = outputWidth(dtype)
      return width === 1 ? [column] : Array.from({ length: width }, (_, component) => ({ ...column, component }))
    }),
  )
}
