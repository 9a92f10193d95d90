import { topicById } from '../../topics/topics.ts'
import type { Column } from '../indicators/column.ts'
import type { OutputRecord } from '../processor.ts'
import type { IndicatorValues } from './symbol-fold.ts'

/** The topic that the engine writes. */
export const INDICATORS = topicById('indicators').id

/** Full name of the Avro record of a row of indicators. */
export const INDICATOR_ROW = 'barline.indicators.IndicatorRow'

const BAR_FIELDS = 'symbol timeframe ts known_at ts_open open high low close volume split_factor rows_left'.split(' ')

/** A field of the record: the first of its columns, and how many it has if it is a vector. */
type Field = { readonly name: string; readonly column: number; readonly width: number | undefined }

/**
 * Makes the record of a row: the bar itself, what a split did to its units, its place in its group, and each output under `<indicator_id>__<output>`, null
 * where the engine has no value. A vector is one array of numbers in float32, null unless all of them are there. Keyed by
 * symbol, stamped with the close of the bar.
 */
export function createIndicatorRecord(columns: readonly Column[]): (row: IndicatorValues) => OutputRecord {
  const fields = fieldsOf(columns)
  // Copying an object that has all fields first is several times faster than adding hundreds of them to another.
  const names = [...BAR_FIELDS, ...fields.map(({ name }) => name)]
  const empty: Record<string, unknown> = Object.fromEntries(names.map((name) => [name, null]))

  return ({ symbol, bar, knownAt, splitFactor, rowsLeft, values }) => {
    const value = { ...empty }
    value.symbol = symbol
    value.timeframe = bar.timeframe
    value.ts = bar.ts
    value.known_at = knownAt
    value.ts_open = bar.ts_open
    value.open = bar.open
    value.high = bar.high
    value.low = bar.low
    value.close = bar.close
    value.volume = bar.volume
    value.split_factor = splitFactor
    value.rows_left = rowsLeft
    for (const { name, column, width } of fields) {
      if (width !== undefined) value[name] = vectorOf(values, column, width)
      else {
        const number = values[column] ?? Number.NaN
        if (!Number.isNaN(number)) value[name] = number
      }
    }
    return { topic: INDICATORS, key: symbol, recordName: INDICATOR_ROW, value, timestamp: bar.ts }
  }
}

function fieldsOf(columns: readonly Column[]): readonly Field[] {
  return columns.flatMap(({ field, component }, column): readonly Field[] => {
    if (component === undefined) return [{ name: field, column, width: undefined }]
    if (component > 0) return []
    return [{ name: field, column, width: columns.filter((other) => other.field === field).length }]
  })
}

function vectorOf(values: Float64Array, first: number, width: number): number[] | null {
  const vector: number[] = []
  for (let column = first; column < first + width; column += 1) {
    const number = values[column] ?? Number.NaN
    if (Number.isNaN(number)) return null
    vector.push(Math.fround(number))
  }
  return vector
}
