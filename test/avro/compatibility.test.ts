import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { checkCompatibility, describeIncompatibility } from '../../avro/compatibility.ts'
import { recordReleases } from '../../avro/record-releases.ts'
import { loadReleases } from '../../avro/releases.ts'
import type { RecordField, RecordSchema } from '../../avro/schemas.ts'

test('every schema is compatible with all its released versions, both ways', () => {
  expect(checkCompatibility().map(describeIncompatibility)).toEqual([])
})

const base: RecordSchema = {
  type: 'record',
  name: 'Planted',
  namespace: 'barline.test',
  doc: 'Planted.',
  fields: [
    { name: 'symbol', type: 'string', doc: 'Key.' },
    { name: 'ts', type: { type: 'long', logicalType: 'timestamp-millis' }, doc: 'Time.' },
    { name: 'count', type: 'int', doc: 'Count.' },
    { name: 'note', type: ['null', 'string'], default: null, doc: 'Note.' },
  ],
}

const only = (schema: RecordSchema) => new Map([['barline.test.Planted', schema]])
const change = (name: string, changes: Partial<RecordField>): RecordSchema => ({
  ...base,
  fields: base.fields.map((field) => (field.name === name ? { ...field, ...changes } : field)),
})
const without = (name: string): RecordSchema => ({
  ...base,
  fields: base.fields.filter((field) => field.name !== name),
})
const withField = (field: RecordField): RecordSchema => ({ ...base, fields: [field, ...base.fields] })

describe('the check finds', () => {
  const found = (schema: RecordSchema) =>
    checkCompatibility(only(schema), [{ version: 'v1', schema: base }]).map(describeIncompatibility)

  test.each<[string, RecordSchema, string]>([
    [
      'another type',
      change('count', { type: 'double' }),
      '.count (against v1): the type changed from "int" to "double"',
    ],
    [
      'a promotion, which only new readers survive',
      change('count', { type: 'long' }),
      '.count (against v1): the type changed from "int" to "long"',
    ],
    [
      'a time that lost its unit',
      change('ts', { type: 'long' }),
      '.ts (against v1): the type changed from {"type":"long","logicalType":"timestamp-millis"} to "long"',
    ],
    [
      'another default',
      change('note', { type: ['null', 'string'], default: '' }),
      '.note (against v1): the default changed from null to ""',
    ],
    [
      'a removed field without default',
      without('count'),
      '.count (against v1): the field was removed and has no default',
    ],
    [
      'a new field without default',
      withField({ name: 'added', type: 'int', doc: 'New.' }),
      '.added (against v1): the field was added and has no default',
    ],
  ])('%s', (_, schema, problem) => {
    expect(found(schema)).toEqual([`barline.test.Planted${problem}`])
  })

  test('a record that is gone', () => {
    expect(checkCompatibility(new Map(), [{ version: 'v1', schema: base }])).toEqual([
      { recordName: 'barline.test.Planted', version: 'v1', problem: 'the record is gone' },
    ])
  })

  test('a change that only an older version does not survive', () => {
    const removed = without('note')
    const again = withField({ name: 'note', type: ['null', 'int'], default: null, doc: 'Note.' })
    const releases = [
      { version: 'v1', schema: base },
      { version: 'v2', schema: removed },
    ]
    const onlyNew: RecordSchema = {
      ...again,
      fields: again.fields.filter(({ type }) => JSON.stringify(type) !== '["null","string"]'),
    }
    expect(checkCompatibility(only(onlyNew), releases)).toMatchObject([{ version: 'v1', field: 'note' }])
  })

  test('nothing in a new nullable field, a removed one, or new words', () => {
    expect(found(withField({ name: 'added', type: ['null', 'double'], default: null, doc: 'New.' }))).toEqual([])
    expect(found(without('note'))).toEqual([])
    expect(found(change('count', { doc: 'Other words.' }))).toEqual([])
  })
})

describe('recording releases', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'barline-releases-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const versions = () => readdirSync(join(folder, 'barline.test.Planted')).sort()

  test('writes v1, then nothing while nothing but words change, then v2', () => {
    expect(recordReleases(only(base), folder)).toHaveLength(1)
    expect(recordReleases(only(base), folder)).toEqual([])
    expect(recordReleases(only(change('count', { doc: 'Other words.' })), folder)).toEqual([])
    expect(recordReleases(only(without('note')), folder)).toHaveLength(1)
    expect(versions()).toEqual(['v1.avsc', 'v2.avsc'])
    expect(loadReleases(folder)).toEqual([
      { version: 'v1', schema: base },
      { version: 'v2', schema: without('note') },
    ])
  })

  test('refuses an incompatible schema and writes nothing', () => {
    recordReleases(only(base), folder)
    expect(() => recordReleases(only(without('count')), folder)).toThrow(
      'Incompatible with a released schema: barline.test.Planted.count (against v1): the field was removed and has no default',
    )
    expect(versions()).toEqual(['v1.avsc'])
  })
})
