import { expect, test } from '@jest/globals'
import { compileType } from '../../../avro/compiled-type.ts'
import { indicatorRowSchema } from '../../../avro/indicator-row-schema.ts'
import { createIndicatorRecord } from '../../../processors/engine/indicator-record.ts'
import { columnsOf } from '../../../processors/indicators/column.ts'
import { testRow } from './fold-cases.ts'

const open = { min: null, max: null } as const
const rows = [
  testRow('level', [], { outputs: [{ name: 'value', dtype: 'float64', unit: 'price', ...open }] }),
  testRow('path', [], { outputs: [{ name: 'vector', dtype: 'float32[3]', unit: 'vec8', ...open }] }),
  testRow('event', [], {
    outputs: [
      { name: 'up', dtype: 'bool', unit: 'flag', ...open },
      { name: 'age', dtype: 'int32', unit: 'bars', ...open },
    ],
  }),
]
const bar = { timeframe: '1d', ts_open: 1, ts: 2, open: 1, high: 2, low: 1, close: 1.5, volume: 3 } as const

const recordOf = (values: readonly number[]) =>
  createIndicatorRecord(columnsOf(rows))({
    symbol: 'AAA',
    bar,
    knownAt: 4,
    splitFactor: null,
    rowsLeft: 0,
    values: Float64Array.from(values),
  }).value

test('a row has a field per output, a vector in one field and as it is served, in float32', () => {
  const value = recordOf([1.1, 0.1, 0.2, 0.3, 1, 7])
  const vector = [Math.fround(0.1), Math.fround(0.2), Math.fround(0.3)]
  expect(value).toMatchObject({ level__value: 1.1, path__vector: vector, event__up: 1, event__age: 7 })
  expect(Object.keys(value)).toHaveLength(indicatorRowSchema(rows).fields.length)
})

test('what is not available is null, a vector as soon as one of its numbers is', () => {
  const none = Number.NaN
  expect(recordOf([none, 0.1, none, 0.3, none, none])).toMatchObject({
    level__value: null,
    path__vector: null,
    event__up: null,
    event__age: null,
  })
})

test('rows do not share what they hold', () => {
  const record = createIndicatorRecord(columnsOf(rows))
  const row = {
    symbol: 'AAA',
    bar,
    knownAt: 4,
    splitFactor: null,
    rowsLeft: 2,
    values: Float64Array.from([1, 2, 3, 4, 0, 9]),
  }
  const first = record(row).value
  record({ ...row, values: new Float64Array(6).fill(Number.NaN) })
  expect(first).toMatchObject({ rows_left: 2, level__value: 1, path__vector: [2, 3, 4], event__age: 9 })
})

test('its schema takes a row and gives it back', () => {
  const type = compileType(indicatorRowSchema(rows))
  const none = Number.NaN
  for (const values of [
    [1.1, 0.1, 0.2, 0.3, 1, 7],
    [none, none, none, none, none, none],
  ]) {
    const value = recordOf(values)
    expect({ ...(type.fromBuffer(type.toBuffer(value)) as object) }).toEqual(value)
  }
})
