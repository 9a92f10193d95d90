import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createOfflineCodec, EncodeError } from '../../avro/codec.ts'
import { loadSchemas } from '../../avro/schemas.ts'
import { topics } from '../../topics/topics.ts'
import { arbitraryValue } from './arbitrary-value.ts'

const codec = createOfflineCodec()
const schemas = loadSchemas()
const carried = topics.flatMap(({ id, records }) =>
  records.flatMap(({ name }) => {
    const schema = schemas.get(name)
    return schema ? [{ topicId: id, recordName: name, schema }] : []
  }),
)
const oncePerRecord = carried.filter(
  ({ recordName }, at) => carried.findIndex((other) => other.recordName === recordName) === at,
)

const bar = {
  symbol: 'ÄAPL',
  timeframe: '1d',
  ts_open: 1_600_000_000_000,
  ts_close: 1_600_086_400_000,
  known_at: 1_600_086_400_000,
  open: 1.5,
  high: 2,
  low: 1,
  close: 1.25,
  volume: 1e12,
  source: null,
}

test('every schema of the project belongs to a topic', () => {
  expect([...schemas.keys()].filter((name) => !carried.some(({ recordName }) => recordName === name))).toEqual([])
})

describe.each(oncePerRecord)('$recordName', ({ topicId, recordName, schema }) => {
  test('what is encoded is decoded again', () => {
    fc.assert(
      fc.property(arbitraryValue(schema), (value) => {
        const decoded = codec.decode(topicId, codec.encode(topicId, recordName, value))
        expect(decoded).toMatchObject({ kind: 'value', recordName })
        expect(decoded.kind === 'value' && { ...decoded.value }).toEqual(value)
      }),
      { numRuns: 50 },
    )
  })

  test('a record cut short anywhere is refused', () => {
    fc.assert(
      fc.property(arbitraryValue(schema), (value) => {
        const bytes = codec.encode(topicId, recordName, value)
        for (let length = 0; length < bytes.length; length += 1) {
          const reason = length < 5 ? 'NOT_AVRO' : 'UNDECODABLE_BODY'
          expect(codec.decode(topicId, bytes.subarray(0, length))).toMatchObject({
            kind: 'refused',
            refusal: { reason },
          })
        }
      }),
      { numRuns: 3 },
    )
  })

  test('arbitrary bytes after the prefix are a value or refused, and never throw', () => {
    const [prefix] = fc
      .sample(arbitraryValue(schema), 1)
      .map((value) => codec.encode(topicId, recordName, value).subarray(0, 5))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        const result = codec.decode(topicId, Buffer.concat([prefix ?? Buffer.alloc(0), body]))
        expect(['value', 'refused']).toContain(result.kind)
      }),
    )
  })
})

describe('a refusal says why', () => {
  const bytes = Buffer.from(codec.encode('market.bars', 'barline.market.Bar', bar))
  const flawed = (change: (copy: Buffer) => Buffer) => codec.decode('market.bars', change(Buffer.from(bytes)))

  test('no value', () => {
    expect(codec.decode('market.bars', null)).toEqual({
      kind: 'refused',
      refusal: { reason: 'NOT_AVRO', message: 'the record has no value' },
    })
  })

  test('another magic byte', () => {
    expect(flawed((copy) => copy.fill(123, 0, 1))).toEqual({
      kind: 'refused',
      refusal: { reason: 'NOT_AVRO', message: 'the first byte is 123, not 0' },
    })
  })

  test('bytes that follow the record', () => {
    expect(flawed((copy) => Buffer.concat([copy, Buffer.from([0])]))).toEqual({
      kind: 'refused',
      refusal: {
        reason: 'UNDECODABLE_BODY',
        message: 'barline.market.Bar is followed by 1 bytes that do not belong to it',
      },
    })
  })

  test('a record that the topic does not carry', () => {
    expect(codec.decode('scores', bytes)).toEqual({
      kind: 'refused',
      refusal: { reason: 'UNEXPECTED_RECORD', message: 'barline.market.Bar does not belong on topic scores' },
    })
  })

  test('an id that no registry gives', () => {
    expect(flawed((copy) => copy.fill(255, 1, 5))).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'UNKNOWN_SCHEMA' },
    })
  })

  test('a count of items that the bytes cannot hold', () => {
    const value = { processor: '', reason: '', message: '', source_topic: '', source_partition: 0, source_offset: 0 }
    const empty = codec.encode('dead-letters.sink', 'barline.DeadLetter', { ...value, source_timestamp: 0, run_id: '' })
    const huge = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f])
    expect(codec.decode('dead-letters.sink', Buffer.concat([empty.subarray(0, -3), huge]))).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'UNDECODABLE_BODY', message: expect.stringContaining('items is cut short') },
    })
  })
})

test('an unknown id is asked for once and then refused', async () => {
  const bytes = Buffer.from([0, 0, 0, 3, 232, 1, 2, 3])
  expect(codec.decode('market.bars', bytes)).toEqual({ kind: 'unknown-id', schemaId: 1000 })
  await codec.learn(1000)
  expect(codec.decode('market.bars', bytes)).toMatchObject({ kind: 'refused', refusal: { reason: 'UNKNOWN_SCHEMA' } })
})

test('NaN and the infinities pass: validation is elsewhere', () => {
  const value = { ...bar, open: Number.NaN, high: Number.POSITIVE_INFINITY, low: Number.NEGATIVE_INFINITY }
  expect(codec.decode('market.bars', codec.encode('market.bars', 'barline.market.Bar', value))).toMatchObject({
    kind: 'value',
    value,
  })
})

test('records larger than the slab are encoded whole, and those after them too', () => {
  const large = { ...bar, source: 'x'.repeat(300_000) }
  const all = [bar, large, bar, large, large, bar].map((value) => ({
    value,
    bytes: codec.encode('market.bars', 'barline.market.Bar', value),
  }))
  for (const { value, bytes } of all) {
    expect(codec.decode('market.bars', bytes)).toMatchObject({ kind: 'value', value })
  }
})

test('many records encoded in a row do not touch one another', () => {
  const all = Array.from({ length: 5_000 }, (_, at) =>
    codec.encode('market.bars', 'barline.market.Bar', { ...bar, close: at }),
  )
  all.forEach((bytes, at) => {
    expect(codec.decode('market.bars', bytes)).toMatchObject({ kind: 'value', value: { close: at } })
  })
})

describe('a value that does not fit throws an EncodeError', () => {
  test('that names topic, record and field', () => {
    const encode = () => codec.encode('market.bars', 'barline.market.Bar', { ...bar, close: '1.25' })
    expect(encode).toThrow('Cannot encode barline.market.Bar for topic market.bars: close is "1.25", not double')
    expect(encode).toThrow(EncodeError)
  })

  test.each([
    ['a missing field', { ...bar, symbol: undefined }, 'symbol is undefined, not string'],
    ['a fraction of a millisecond', { ...bar, known_at: 0.5 }, 'known_at is 0.5, not long'],
    ['a long that avsc would change', { ...bar, known_at: -(2 ** 52) - 1 }, 'known_at is -4503599627370497, not long'],
    ['a null that is not allowed', { ...bar, open: null }, 'open is null, not double'],
    ['a field that the schema lacks', { ...bar, vwap: 1 }, 'the schema has no field vwap'],
  ])('for %s', (_, value, problem) => {
    expect(() => codec.encode('market.bars', 'barline.market.Bar', value)).toThrow(problem)
  })

  test('and leaves the next encoding unharmed', () => {
    expect(() => codec.encode('market.bars', 'barline.market.Bar', { ...bar, volume: 'much' })).toThrow(EncodeError)
    const bytes = codec.encode('market.bars', 'barline.market.Bar', bar)
    expect(codec.decode('market.bars', bytes)).toMatchObject({ kind: 'value', value: bar })
  })

  test('for a record that the topic does not carry', () => {
    expect(() => codec.encode('scores', 'barline.market.Bar', bar)).toThrow(EncodeError)
  })
})

test('a codec made anew gives the same bytes', () => {
  expect(createOfflineCodec().encode('market.bars', 'barline.market.Bar', bar)).toEqual(
    codec.encode('market.bars', 'barline.market.Bar', bar),
  )
})
