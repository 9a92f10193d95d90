import { describe, expect, test } from '@jest/globals'
import { createOfflineCodec } from '../../avro/codec.ts'
import { refusalReasons } from '../../processors/refusal.ts'
import { deadLetter } from '../../streams/dead-letter.ts'
import type { LogRecord } from '../../streams/port.ts'

const codec = createOfflineCodec()
const where = { topic: 'tape', partition: 2 }
const refuser = { processor: 'engine', runId: 'live' }
const raw: LogRecord = {
  offset: 41,
  timestamp: 1_700_000_000_000,
  key: Buffer.from([0xff, 0]),
  value: Buffer.from([0, 0xc3, 0x28, 0]),
  headers: [
    { name: 'a', value: Buffer.from([0xfe]) },
    { name: 'a', value: Buffer.from('again') },
  ],
}

function decoded(value: Buffer): Readonly<Record<string, unknown>> {
  const result = codec.decode('dead-letters.engine', value)
  if (result.kind !== 'value') throw new Error(`Not decoded: ${result.kind}`)
  return result.value
}

describe('a dead letter', () => {
  test('carries the bytes, the key and every header untouched, where the record stood and why it was refused', () => {
    const letter = deadLetter(codec, refuser, where, raw, { reason: 'NOT_AVRO', message: 'no magic byte' })
    expect(letter).toMatchObject({
      topic: 'dead-letters.engine',
      partition: 2,
      key: raw.key,
      timestamp: raw.timestamp,
      headers: { 'barline.reason': 'NOT_AVRO' },
    })
    expect(decoded(letter.value)).toEqual({
      processor: 'engine',
      reason: 'NOT_AVRO',
      message: 'no magic byte',
      source_topic: 'tape',
      source_partition: 2,
      source_offset: 41,
      source_timestamp: raw.timestamp,
      key: raw.key,
      value: raw.value,
      header_names: ['a', 'a'],
      header_values: [Buffer.from([0xfe]), Buffer.from('again')],
      run_id: 'live',
    })
  })

  test('of a record without key and value says that they were null', () => {
    const letter = deadLetter(
      codec,
      refuser,
      where,
      { ...raw, key: null, value: null },
      { reason: 'NOT_AVRO', message: '' },
    )
    expect(letter.key).toEqual(Buffer.alloc(0))
    expect(decoded(letter.value)).toMatchObject({ key: null, value: null })
  })

  test('of a record with a key and a value of a megabyte together still holds both', () => {
    const large = { ...raw, key: Buffer.alloc(100_000, 1), value: Buffer.alloc(900_000, 2) }
    const letter = deadLetter(codec, refuser, where, large, { reason: 'NOT_AVRO', message: 'no magic byte' })
    expect(decoded(letter.value)).toMatchObject({ key: large.key, value: large.value, message: 'no magic byte' })
  })

  test('of a record too large for any letter has its place and size, and says where the bytes are', () => {
    const value = Buffer.alloc(3_000_000, 2)
    const letter = deadLetter(
      codec,
      refuser,
      where,
      { ...raw, value },
      { reason: 'NOT_AVRO', message: 'no magic byte' },
    )
    expect(letter.value.length).toBeLessThan(1_000)
    expect(letter.key.length).toBe(0)
    expect(letter.headers).toEqual({ 'barline.reason': 'NOT_AVRO', 'barline.bytes-left-out': '3000010' })
    expect(decoded(letter.value)).toMatchObject({
      source_topic: 'tape',
      source_partition: 2,
      source_offset: 41,
      value: null,
      message: 'no magic byte (its 3000010 bytes are left out here; they stay where it was read)',
    })
  })

  test('does not repeat words without end', () => {
    const letter = deadLetter(codec, refuser, where, raw, { reason: 'NOT_AVRO', message: 'x'.repeat(500_000) })
    expect(decoded(letter.value).message).toBe(`${'x'.repeat(2_000)}…`)
  })

  test.each(refusalReasons)('can have the reason %s', (reason) => {
    const letter = deadLetter(codec, refuser, where, raw, { reason, message: '' })
    expect(decoded(letter.value)).toMatchObject({ reason })
  })
})
