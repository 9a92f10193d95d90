import { fieldName } from '../catalog/indicator-column.ts'
import { type IndicatorRow, type OutputDtype, outputWidth } from '../catalog/indicator-row.ts'
import { nullable, required, timestamp } from './schema-fields.ts'
import type { FieldType, RecordField, RecordSchema } from './schemas.ts'

/** The part of a catalog row that its fields are made of. */
export type IndicatorSource = Pick<IndicatorRow, 'id' | 'name' | 'formula'> & {
  readonly outputs: readonly Pick<IndicatorRow['outputs'][number], 'name' | 'unit' | 'dtype'>[]
}

/**
 * The record of the `indicators` topic: a bar, and one nullable field per indicator output in catalog order: a double, an int for
 * whole numbers, codes and flags (0 or 1), an array of floats for a vector.
 */
export function indicatorRowSchema(indicators: readonly IndicatorSource[]): RecordSchema {
  return {
    type: 'record',
    name: 'IndicatorRow',
    namespace: 'barline.indicators',
    doc: 'One closed bar of one symbol and timeframe with the indicators as of its close; absent = not available. Generated.',
    fields: [
      required('symbol', 'string', 'Instrument; equals the record key'),
      required('timeframe', 'string', '1m, 5m, 15m, 1h, 1d or 1w'),
      timestamp('ts', 'Close of the bar, UTC'),
      timestamp('known_at', 'When the row could first have been known, UTC'),
      timestamp('ts_open', 'Start of the bar, UTC'),
      required('open', 'double', 'First price'),
      required('high', 'double', 'Highest price'),
      required('low', 'double', 'Lowest price'),
      required('close', 'double', 'Last price'),
      required('volume', 'double', 'Traded quantity'),
      nullable(
        'split_factor',
        'double',
        "New shares per old that took effect since the symbol's previous row of this timeframe; absent = no split",
      ),
      {
        ...required(
          'rows_left',
          'int',
          'How many rows of the same symbol and ts follow directly in this partition; 0 = the last of the group',
        ),
        default: 0,
      },
      ...indicators.flatMap(outputFields),
    ],
  }
}

/** The fields of a row's outputs, in order. */
export function outputFields({ id, name, formula, outputs }: IndicatorSource): readonly RecordField[] {
  return outputs.map((output) =>
    nullable(fieldName(id, output.name), avroType(output.dtype), `${name}: ${output.name}, ${output.unit}; ${formula}`),
  )
}

function avroType(dtype: OutputDtype): FieldType {
  if (outputWidth(dtype) > 1) return { type: 'array', items: 'float' }
  return dtype === 'float64' ? 'double' : 'int'
}
