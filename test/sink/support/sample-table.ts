import type { RecordSchema } from '../../../avro/schemas.ts'
import type { DataRecord, Emit } from '../../../processors/processor.ts'
import type { Refusal } from '../../../processors/refusal.ts'
import { defineTable, type TableDefinition } from '../../../sink/table-definition.ts'

const instant = { type: 'long', logicalType: 'timestamp-millis' } as const

/** A record with a field of every type that the sink can store. */
export const sampleSchema: RecordSchema = {
  type: 'record',
  name: 'Sample',
  namespace: 'test',
  doc: "One of each; it's a sample.",
  fields: [
    { name: 'symbol', type: 'string', doc: "Instrument, 'quoted' \\ slashed" },
    { name: 'timeframe', type: 'string', doc: '1m' },
    { name: 'ts', type: instant, doc: 'Close' },
    { name: 'known_at', type: instant, doc: 'Known' },
    { name: 'price', type: 'double' },
    { name: 'indicator', type: ['null', 'double'], default: null },
    { name: 'feature', type: ['null', 'float'], default: null },
    { name: 'state', type: ['null', 'int'], default: null },
    { name: 'imputed', type: ['null', 'boolean'], default: null },
    { name: 'flag', type: 'boolean' },
    { name: 'count', type: 'long' },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'source', type: ['null', 'string'], default: null },
    { name: 'raw', type: ['null', 'bytes'], default: null },
    { name: 'names', type: { type: 'array', items: 'string' } },
    { name: 'weights', type: { type: 'array', items: 'double' } },
    { name: 'contracts', type: { type: 'map', values: 'string' } },
  ],
}

export const sampleTable = (schema: RecordSchema = sampleSchema, database = 'test'): TableDefinition =>
  defineTable(schema, { database, table: 'samples', topic: 'test.samples', epoch: 3 })

/** A value of {@link sampleSchema}, whole but for what is given. */
const sampleValue = (given: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  symbol: 'AAPL',
  timeframe: '1d',
  ts: Date.UTC(2020, 0, 2, 21),
  known_at: Date.UTC(2020, 0, 2, 21, 15),
  price: 1.5,
  indicator: null,
  feature: null,
  state: null,
  imputed: null,
  flag: true,
  count: 0,
  note: null,
  source: null,
  raw: null,
  names: [],
  weights: [],
  contracts: {},
  ...given,
})

export const sampleRecord = (offset: number, given: Readonly<Record<string, unknown>> = {}): DataRecord => ({
  kind: 'data',
  topic: 'test.samples',
  partition: 0,
  offset,
  timestamp: 0,
  key: 'AAPL',
  recordName: 'test.Sample',
  value: sampleValue(given),
  headers: {},
})

/** Collects refusals by index of the record in its chunk. */
export function refusalsByIndex(): { emits: (index: number) => Emit; refusals: Map<number, Refusal> } {
  const refusals = new Map<number, Refusal>()
  const nothing = (): void => {
    throw new Error('the sink writes no records')
  }
  return {
    refusals,
    emits: (index) => ({
      record: nothing,
      marker: nothing,
      duplicate: nothing,
      leaveOut: nothing,
      refuse: (refusal) => {
        refusals.set(index, refusal)
      },
    }),
  }
}
