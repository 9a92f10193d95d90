import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ByteReader } from '../../../../streams/kafka/protocol/byte-reader.ts'
import { ByteWriter, varintSize, varlongSize } from '../../../../streams/kafka/protocol/byte-writer.ts'
import { crc32c } from '../../../../streams/kafka/protocol/crc32c.ts'
import { readBatches, writeBatch } from '../../../../streams/kafka/protocol/record-batch.ts'
import type { OutgoingRecord } from '../../../../streams/port.ts'

const require = createRequire(import.meta.url)
const Encoder = require('kafkajs/src/protocol/encoder')
const Decoder = require('kafkajs/src/protocol/decoder')
const kafkajsCrc32c: (bytes: Buffer) => number = require('kafkajs/src/protocol/recordBatch/crc32C')
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0')
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0')
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder')

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const text = fc.string({ maxLength: 40 })
const content = fc.oneof(text, bytes, fc.array(fc.oneof(text, bytes), { minLength: 2, maxLength: 3 }))
// kafkajs gathers headers in a plain object and takes what Object.prototype has under the name (`toString`) for a value of it.
const headerName = fc.string({ minLength: 1, maxLength: 12 }).filter((name) => !(name in Object.prototype))
const headers = fc.dictionary(headerName, content, { maxKeys: 3, noNullPrototype: true })
const records: fc.Arbitrary<OutgoingRecord[]> = fc.array(
  fc.record({
    topic: fc.constant('tape'),
    partition: fc.constant(0),
    key: bytes,
    value: bytes,
    timestamp: fc.integer({ min: 0, max: 4_102_444_800_000 }),
    headers: fc.oneof(fc.constant({ 'contract.core': 'abc' }), headers),
  }),
  { minLength: 1, maxLength: 20 },
)
const producer = fc.record({
  id: fc.nat(2 ** 31),
  epoch: fc.integer({ min: 0, max: 32_767 }),
  firstSequence: fc.nat(2 ** 31 - 100),
})

function written(some: readonly OutgoingRecord[], by = { id: 7, epoch: 1, firstSequence: 0 }): Buffer {
  const out = new ByteWriter(16)
  writeBatch(out, some, by)
  return Buffer.from(out.written)
}

/** The batch as kafkajs encodes it, whose times are text and are sorted as such: so ours are given the same number of digits. */
async function kafkajsBatch(
  some: readonly OutgoingRecord[],
  by: { id: number; epoch: number; firstSequence: number },
): Promise<Buffer> {
  const times = some.map(({ timestamp }) => timestamp)
  const firstTimestamp = Math.min(...times)
  const batch = await RecordBatch({
    records: some.map(({ key, value, timestamp, headers: named }, offsetDelta) =>
      encodeRecord({ key, value, headers: named, offsetDelta, timestampDelta: timestamp - firstTimestamp }),
    ),
    firstTimestamp,
    maxTimestamp: Math.max(...times),
    producerId: by.id,
    producerEpoch: by.epoch,
    firstSequence: by.firstSequence,
    transactional: true,
    lastOffsetDelta: some.length - 1,
  })
  return batch.buffer
}

describe('a batch of records', () => {
  test('has the bytes that kafkajs writes', async () => {
    await fc.assert(
      fc.asyncProperty(records, producer, async (some, by) => {
        expect(written(some, by).equals(await kafkajsBatch(some, by))).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('is read as kafkajs reads it, whatever comes behind it', async () => {
    await fc.assert(
      fc.asyncProperty(records, producer, bytes, async (some, by, rest) => {
        const batch = written(some, by)
        const [found] = readBatches(Buffer.concat([batch, batch.subarray(0, rest.length % batch.length)]))
        const theirs = await decodeBatch(new Decoder(batch))
        expect(found?.producerId).toBe(Number(theirs.producerId))
        expect(found?.inTransaction).toBe(true)
        expect(found?.isControl).toBe(false)
        expect(found?.lastOffset).toBe(some.length - 1)
        expect(
          found?.records.map(({ offset, timestamp, key, value, headers: named }) => ({
            offset: String(offset),
            timestamp: String(timestamp),
            key,
            value,
            headers: named,
          })),
        ).toEqual(
          theirs.records.map((record: Record<string, unknown>) => ({
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key,
            value: record.value,
            headers: Object.entries(record.headers as Record<string, Buffer | Buffer[]>).flatMap(([name, value]) =>
              [value].flat().map((each) => ({ name, value: each })),
            ),
          })),
        )
      }),
      { numRuns: 200 },
    )
  })

  test('is read when it is compressed with gzip, as a producer of another stack may send it', () => {
    const plain = written([
      {
        topic: 'tape',
        partition: 0,
        key: Buffer.from('IBM'),
        value: Buffer.from('x'),
        timestamp: 5,
        headers: { a: 'b' },
      },
      {
        topic: 'tape',
        partition: 0,
        key: Buffer.from('FB'),
        value: Buffer.from('y'),
        timestamp: 9,
        headers: { a: 'c' },
      },
    ])
    const recordsAt = 61
    const body = gzipSync(plain.subarray(recordsAt))
    const compressed = Buffer.concat([plain.subarray(0, recordsAt), body])
    compressed.writeInt32BE(compressed.length - 12, 8)
    compressed.writeInt16BE(plain.readInt16BE(21) | 1, 21)
    expect(readBatches(compressed)).toEqual(readBatches(plain))
  })

  test('takes the time of the log when that is what the topic keeps', () => {
    const batch = written([
      { topic: 'tape', partition: 0, key: Buffer.from('IBM'), value: Buffer.from('x'), timestamp: 5, headers: {} },
    ])
    batch.writeInt16BE(batch.readInt16BE(21) | 8, 21)
    batch.writeBigInt64BE(77n, 35)
    expect(readBatches(batch)[0]?.records[0]?.timestamp).toBe(77)
  })

  test('that is compressed otherwise, or in the format before 2, is an error that says so', () => {
    const batch = written([
      { topic: 'tape', partition: 0, key: Buffer.from('IBM'), value: Buffer.from('x'), timestamp: 5, headers: {} },
    ])
    const lz4 = Buffer.from(batch)
    lz4.writeInt16BE(3, 21)
    expect(() => readBatches(lz4)).toThrow('compression.type')
    const old = Buffer.from(batch)
    old.writeInt8(1, 16)
    expect(() => readBatches(old)).toThrow('old format 1')
  })
})

describe('numbers', () => {
  test('of variable length have the bytes that kafkajs writes, the size announced, and come back', () => {
    const longs = fc.oneof(fc.integer(), fc.integer({ min: -(2 ** 51), max: 2 ** 51 }))
    fc.assert(
      fc.property(fc.integer(), longs, (int, long) => {
        const out = new ByteWriter(1)
        out.varint(int)
        expect(out.length).toBe(varintSize(int))
        out.varlong(long)
        expect(out.length).toBe(varintSize(int) + varlongSize(long))
        const theirs = new Encoder().writeVarInt(int).writeVarLong(long).buffer
        expect(Buffer.from(out.written)).toEqual(theirs)
        const reader = new ByteReader(Buffer.from(out.written))
        expect([reader.varint(), reader.varlong()]).toEqual([int, long])
      }),
      { numRuns: 1_000 },
    )
  })

  test('of 64 bits come back, negative ones too', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const out = new ByteWriter()
        out.int64(value)
        expect(Buffer.from(out.written).readBigInt64BE()).toBe(BigInt(value))
        expect(new ByteReader(Buffer.from(out.written)).int64()).toBe(value)
      }),
    )
  })

  test('that do not end are an error', () => {
    const endless = Buffer.alloc(20, 0xff)
    expect(() => new ByteReader(endless).varint()).toThrow(RangeError)
    expect(() => new ByteReader(endless).varlong()).toThrow(RangeError)
    expect(() => new ByteReader(endless.subarray(0, 2)).varint()).toThrow(RangeError)
  })
})

describe('the checksum', () => {
  test('is the one of RFC 3720', () => {
    expect(crc32c(Buffer.alloc(32), 0, 32) >>> 0).toBe(0x8a9136aa)
    expect(crc32c(Buffer.alloc(32, 0xff), 0, 32) >>> 0).toBe(0x62a8ab43)
  })

  test('equals that of kafkajs over any part of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), (array, from) => {
        const all = Buffer.from(array)
        const start = Math.min(from, all.length)
        expect(crc32c(all, start, all.length) >>> 0).toBe(kafkajsCrc32c(all.subarray(start)) >>> 0)
      }),
    )
  })
})
