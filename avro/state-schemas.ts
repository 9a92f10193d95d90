import { type IndicatorSource, outputFields } from './indicator-row-schema.ts'
import { required, timestamp } from './schema-fields.ts'
import type { RecordSchema } from './schemas.ts'

const barrierFields = [
  required('timeframe', 'string', '1m, 5m, 15m, 1h, 1d or 1w'),
  timestamp('ts', 'Barrier time, UTC'),
  timestamp('known_at', 'Maximum over all partitions of known_at of the first record that passed the barrier'),
]

/** The record of what holds for all symbols of a timeframe: one nullable field per output of the market-wide rows. */
export function marketStateSchema(rows: readonly IndicatorSource[]): RecordSchema {
  return {
    type: 'record',
    name: 'MarketState',
    namespace: 'barline.state',
    doc: 'One closed barrier of one timeframe with what holds for all symbols, on every partition; absent = not available. Generated.',
    fields: [
      ...barrierFields,
      required('members', 'int', 'Symbols of the universe with a row at the barrier'),
      required('coverage', 'double', 'Their share of the symbols of the universe that have lately had one, 0 to 1'),
      ...rows.flatMap(outputFields),
    ],
  }
}

/** The record of one member of a barrier: one nullable field per output of the rows that have a value for each symbol. */
export function universeStateSchema(rows: readonly IndicatorSource[]): RecordSchema {
  return {
    type: 'record',
    name: 'UniverseState',
    namespace: 'barline.state',
    doc: 'One symbol among its peers at a closed barrier of one timeframe; absent = not available. Generated.',
    fields: [
      required('symbol', 'string', 'Instrument; equals the record key'),
      ...barrierFields,
      ...rows.flatMap(outputFields),
    ],
  }
}
