import { describe, expect, test } from '@jest/globals'
import { lintSchema } from '../../avro/schema-lint.ts'
import { loadSchemas, type RecordField, type RecordSchema } from '../../avro/schemas.ts'
import { topics } from '../../topics/topics.ts'

const schemas = loadSchemas()

test.each([...schemas])('%s follows the rules of the house', (_, schema) => {
  expect(lintSchema(schema)).toEqual([])
})

test('every record of a topic has a schema', () => {
  const records = topics.flatMap((topic) => topic.records.map(({ name }) => name))
  expect(records.filter((name) => !schemas.has(name))).toEqual([])
})

describe('the schema lint finds', () => {
  const withField = (field: Partial<RecordField>): RecordSchema => ({
    type: 'record',
    name: 'Planted',
    namespace: 'barline.test',
    doc: 'Planted.',
    fields: [{ name: 'field', type: 'double', doc: 'Planted.', ...field }],
  })

  test.each<[string, Partial<RecordField>, string]>([
    ['an ambiguous union', { type: ['null', 'int', 'double'], default: null }, 'has a union other than ["null", X]'],
    ['a union that does not begin with null', { type: ['double', 'null'] }, 'has a union other than ["null", X]'],
    ['a nullable field without default', { type: ['null', 'int'] }, 'is nullable but its default is not null'],
    [
      'microseconds',
      { type: { type: 'long', logicalType: 'timestamp-micros' } },
      'has the logical type timestamp-micros',
    ],
    ['a bare long that is a time', { name: 'known_at', type: 'long' }, 'is a time but not timestamp-millis'],
    ['a nested record', { type: 'barline.market.Bar' }, 'has the type barline.market.Bar'],
    ['an enum', { type: { type: 'enum' } }, 'has the type enum'],
    [
      'a nanosecond time inside an array',
      { type: { type: 'array', items: { type: 'long', logicalType: 'timestamp-nanos' } } },
      'has the logical type timestamp-nanos',
    ],
    ['a field without doc', { doc: '' }, 'has no doc'],
    ['a name in camel case', { name: 'knownAt' }, 'is not lower case with underscores'],
  ])('%s', (_, field, problem) => {
    const planted = withField(field)
    expect(lintSchema(planted)).toContain(`barline.test.Planted.${planted.fields[0]?.name} ${problem}`)
  })

  test('a record without namespace', () => {
    const { namespace: _, ...bare } = withField({})
    expect(lintSchema(bare)).toEqual(['Planted has no namespace below barline'])
  })
})
