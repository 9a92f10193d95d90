import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { featureViewSchema } from '../../avro/feature-view-schema.ts'
import { staleSchemaFiles, writeSchemas } from '../../avro/generated-schemas.ts'
import { indicatorRowSchema } from '../../avro/indicator-row-schema.ts'
import { lintSchema } from '../../avro/schema-lint.ts'

test('the committed schemas are what the catalog gives', () => {
  expect(staleSchemaFiles()).toEqual([])
})

test('a file that differs or is missing is stale until it is written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'barline-generated-'))
  const schemas = new Map([['generated/row.avsc', indicatorRowSchema([])]])
  expect(staleSchemaFiles(schemas, folder)).toEqual(['generated/row.avsc'])
  expect(writeSchemas(schemas, folder)).toEqual(['generated/row.avsc'])
  expect(staleSchemaFiles(schemas, folder)).toEqual([])
  writeFileSync(join(folder, 'generated/row.avsc'), '{}')
  expect(staleSchemaFiles(schemas, folder)).toEqual(['generated/row.avsc'])
  rmSync(folder, { recursive: true })
})

test('an indicator row has a nullable field per output by its dtype, in catalog order', () => {
  const schema = indicatorRowSchema([
    {
      id: 'macd_12_26_9',
      name: 'MACD',
      formula: 'EMA(C,12)-EMA(C,26)',
      outputs: [
        { name: 'line', unit: 'price', dtype: 'float64' },
        { name: 'signal', unit: 'price', dtype: 'float64' },
      ],
    },
    {
      id: 'event_v1',
      name: 'Event',
      formula: 'jump',
      outputs: [
        { name: 'up', unit: 'flag', dtype: 'bool' },
        { name: 'age', unit: 'bars', dtype: 'int32' },
      ],
    },
    { id: 'path_v1', name: 'Path', formula: 'r', outputs: [{ name: 'vector', unit: 'vec16', dtype: 'float32[16]' }] },
    { id: 'rsi_14', name: 'RSI', formula: 'wilder', outputs: [{ name: 'value', unit: 'index', dtype: 'float64' }] },
  ])
  expect(lintSchema(schema)).toEqual([])
  expect(schema.fields.slice(10).map(({ name, type }) => [name, type])).toEqual([
    ['split_factor', ['null', 'double']],
    ['rows_left', 'int'],
    ['macd_12_26_9__line', ['null', 'double']],
    ['macd_12_26_9__signal', ['null', 'double']],
    ['event_v1__up', ['null', 'int']],
    ['event_v1__age', ['null', 'int']],
    ['path_v1__vector', ['null', { type: 'array', items: 'float' }]],
    ['rsi_14__value', ['null', 'double']],
  ])
  expect(schema.fields.at(-1)).toEqual({
    name: 'rsi_14__value',
    type: ['null', 'double'],
    default: null,
    doc: 'RSI: value, index; wilder',
  })
})

const feature = (id: string, dtype: string) => {
  const [indicatorId = id] = id.split('_')
  const codes = dtype === 'int8' ? { '-1': 'down', '1': 'up' } : null
  const rule = { kind: 'own', timeframe: '1d' } as const
  return { id, name: id, dtype, unit: 'z', codes, rule, source: { indicatorId, output: 'value' } }
}

test('a feature view has a field per feature by its dtype, and imputed bits per pack', () => {
  const schema = featureViewSchema({
    id: 'core_pack_1d',
    record: 'barline.features.CorePack1d',
    packs: [{ id: 'core_value_v1' }, { id: 'core_event_v1' }],
    features: [
      feature('a_value', 'float32'),
      feature('a_state', 'int8'),
      feature('a_event', 'bool'),
      feature('a_vector', 'float32[16]'),
    ],
  })
  expect(lintSchema(schema)).toEqual([])
  expect(schema).toMatchObject({ name: 'CorePack1d', namespace: 'barline.features' })
  expect(schema.fields.slice(4).map(({ name, type }) => [name, type])).toEqual([
    ['fill_rate', ['null', 'float']],
    ['measured_rate', ['null', 'float']],
    ['staleness_bars', ['null', 'int']],
    ['imputed_core_value_v1', ['null', 'bytes']],
    ['imputed_core_event_v1', ['null', 'bytes']],
    ['a_value', ['null', 'float']],
    ['a_state', ['null', 'int']],
    ['a_event', ['null', 'boolean']],
    ['a_vector', ['null', { type: 'array', items: 'float' }]],
  ])
  expect(schema.fields.find(({ name }) => name === 'a_state')?.codes).toEqual({ '-1': 'down', '1': 'up' })
  expect(schema.fields.at(-1)?.doc).toBe('a_vector; z; of a.value')
})

test('a dtype without an Avro type is refused', () => {
  const view = { id: 'v', record: 'barline.features.V', packs: [], features: [feature('a', 'float16')] }
  expect(() => featureViewSchema(view)).toThrow('Feature a has dtype float16')
})
