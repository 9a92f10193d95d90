import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createOfflineCodec } from '../../avro/codec.ts'
import { fullName, loadSchemas, type RecordSchema } from '../../avro/schemas.ts'
import { createRowEncoder } from '../../sink/row-binary.ts'
import { RowBuffer } from '../../sink/row-buffer.ts'
import { rowReader, rowReaders } from '../../sink/row-reader.ts'
import { storedTables } from '../../sink/stored-tables.ts'
import { topics } from '../../topics/topics.ts'
import { arbitraryValue } from '../avro/arbitrary-value.ts'
import { sampleSchema } from './support/sample-table.ts'

const schemas = loadSchemas()
const readers = rowReaders(schemas.values())
const codec = createOfflineCodec()
const schemaOf = (name: string): RecordSchema => schemas.get(name) ?? sampleSchema
const active = topics.filter(({ status }) => status === 'active')
const tables = storedTables({ topics: active, schemaOf, database: 'test' })
const cases = tables
  .filter(({ recordName }, at) => tables.findIndex((other) => other.recordName === recordName) === at)
  .map((table) => ({ table, recordName: table.recordName, encoder: createRowEncoder(table, 'live') }))
const read = cases.filter(({ recordName }) => readers.has(recordName))

const prefixBytes = 5

type Value = Readonly<Record<string, unknown>>

/** The row, or why there is none. */
function rowOf(encoder: (typeof cases)[number]['encoder'], value: Value): string {
  const buffer = new RowBuffer()
  const unfit = encoder.append(buffer, { partition: 1, offset: 2 ** 40, key: 'IBM', value })
  return unfit ?? Buffer.from(buffer.slice(0, buffer.length)).toString('hex')
}

/** Times that a table can hold, so that nearly every value has a row; others are tried too. */
function storable(schema: RecordSchema): fc.Arbitrary<Value> {
  const time = fc.oneof(
    { weight: 30, arbitrary: fc.integer({ min: 0, max: 4e12 }) },
    { weight: 1, arbitrary: fc.constant(-1e14) },
  )
  const code = fc.oneof(
    { weight: 30, arbitrary: fc.integer({ min: -128, max: 127 }) },
    { weight: 1, arbitrary: fc.integer() },
  )
  const others = schema.fields.flatMap(({ name, type, codes }) => {
    const isTime = typeof type === 'object' && 'logicalType' in type
    if (isTime) return [[name, time] as const]
    return codes === undefined ? [] : [[name, fc.option(code)] as const]
  })
  return fc
    .tuple(arbitraryValue(schema), fc.record(Object.fromEntries(others), { noNullPrototype: true }))
    .map(([value, given]) => ({ ...value, ...given }))
}

describe('records read as rows', () => {
  test('are all that have no map', () => {
    expect(cases.filter(({ recordName }) => !readers.has(recordName)).map(({ recordName }) => recordName)).toEqual(
      cases
        .filter(({ recordName }) =>
          schemaOf(recordName).fields.some(({ type }) => JSON.stringify(type).includes('"map"')),
        )
        .map(({ recordName }) => recordName),
    )
    expect(read.length).toBeGreaterThan(10)
  })

  test.each(read)(
    '$recordName has the bytes that it has when it is decoded, and is left alone when it has no row',
    (each) => {
      const { recordName, table, encoder } = each
      fc.assert(
        fc.property(storable(schemaOf(recordName)), (value) => {
          const bytes = codec.encode(table.topic, recordName, value)
          const decoded = codec.decode(table.topic, bytes)
          if (decoded.kind !== 'value') throw new Error('not decoded')
          const usual = rowOf(encoder, decoded.value)
          const direct = readers.get(recordName)?.(bytes, prefixBytes)
          const isRow = /^[0-9a-f]*$/.test(usual)
          expect(direct !== undefined).toBe(isRow)
          if (direct) expect(rowOf(encoder, direct)).toBe(usual)
        }),
        { numRuns: 100 },
      )
    },
  )

  test.each(read)('$recordName with any bytes changed or cut off is read as it is decoded, or not at all', (each) => {
    const { recordName, table, encoder } = each
    fc.assert(
      fc.property(storable(schemaOf(recordName)), fc.nat(), fc.nat(255), fc.boolean(), (value, place, byte, isCut) => {
        const whole = Buffer.from(codec.encode(table.topic, recordName, value))
        const at = prefixBytes + (place % (whole.length - prefixBytes))
        if (!isCut) whole[at] = byte
        const bytes = isCut ? whole.subarray(0, at) : whole
        const direct = readers.get(recordName)?.(bytes, prefixBytes)
        if (!direct) return
        const decoded = codec.decode(table.topic, bytes)
        expect(decoded.kind).toBe('value')
        if (decoded.kind === 'value') expect(rowOf(encoder, direct)).toBe(rowOf(encoder, decoded.value))
      }),
      { numRuns: 100 },
    )
  })

  test('keep their bytes while others are read', () => {
    const [first] = read
    if (!first) throw new Error('none')
    const { recordName, table, encoder } = first
    const values = fc.sample(storable(schemaOf(recordName)), { numRuns: 400, seed: 1 })
    const pairs = values.flatMap((value) => {
      const direct = readers.get(recordName)?.(codec.encode(table.topic, recordName, value), prefixBytes)
      return direct ? [{ direct, hex: rowOf(encoder, direct) }] : []
    })
    expect(pairs.every(({ direct, hex }) => rowOf(encoder, direct) === hex)).toBe(true)
    expect(pairs.length).toBeGreaterThan(100)
  })

  test('are not those of a schema with a map, nor markers', () => {
    expect(rowReader(sampleSchema)).toBeUndefined()
    expect(readers.has('barline.Marker')).toBe(false)
  })

  test('come through the codec in place of the decoded value', () => {
    const { table, recordName } =
      read.find((each) => each.recordName === 'barline.indicators.IndicatorRow') ?? cases[0] ?? {}
    if (!table || recordName === undefined) throw new Error('none')
    const [value] = fc.sample(storable(schemaOf(recordName)), { numRuns: 1, seed: 3 })
    const bytes = codec.encode(table.topic, recordName, value ?? {})
    const usual = codec.decode(table.topic, bytes)
    const direct = codec.decode(table.topic, bytes, readers)
    expect(direct).toMatchObject({
      kind: 'value',
      recordName,
      fingerprint: usual.kind === 'value' && usual.fingerprint,
    })
    expect(direct.kind === 'value' && Object.keys(direct.value)).toEqual([])
    expect(fullName(schemaOf(recordName))).toBe(recordName)
  })
})
