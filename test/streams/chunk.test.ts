import { describe, expect, test } from '@jest/globals'
import type { OutputRecord } from '../../processors/processor.ts'
import { Chunk } from '../../streams/chunk.ts'
import type { OutgoingRecord } from '../../streams/port.ts'
import { decodedInput } from './support/decoded.ts'
import { jsonCodec } from './support/json-codec.ts'

const codec = jsonCodec()
const newChunk = () => new Chunk(codec, { processor: 'engine', runId: 'live' })

function output(key: string, value: Record<string, unknown> = {}): OutputRecord {
  return { topic: 'indicators', key, recordName: 'test.Number', value, timestamp: 7 }
}

function contentOf({ topic, value }: OutgoingRecord): { recordName: string; value: Record<string, unknown> } {
  const decoded = codec.decode(topic, value)
  if (decoded.kind !== 'value') throw new Error(`Not decoded: ${decoded.kind}`)
  return decoded
}

describe('a chunk', () => {
  test('has the outputs in the order of their input records, whatever the order in which they were emitted', () => {
    const chunk = newChunk()
    const first = chunk.take(decodedInput('tape', 0, 1))
    const second = chunk.take(decodedInput('tape', 0, 2))
    second.record(output('second'))
    first.record(output('first a'))
    second.refuse({ reason: 'LATE', message: '' })
    first.record(output('first b'))
    expect(chunk.records.map(({ topic, key }) => `${topic} ${key}`)).toEqual([
      'indicators first a',
      'indicators first b',
      'indicators second',
      'dead-letters.engine K',
    ])
  })

  test('puts an output onto the partition of its record, unless the output names another', () => {
    const chunk = newChunk()
    const emit = chunk.take(decodedInput('tape', 2, 1))
    emit.record(output('own'))
    emit.record({ ...output('other'), partition: 0 })
    emit.marker('indicators', { kind: 'clock', ts: 5, known_at: 6 })
    emit.marker('indicators', { kind: 'progress', ts: 5, known_at: 6 }, 1)
    expect(chunk.records.map(({ partition }) => partition)).toEqual([2, 0, 2, 1])
  })

  test('writes a marker with an empty key, its own time and the header that tells it from data', () => {
    const chunk = newChunk()
    chunk.take(decodedInput('tape', 0, 1)).marker('indicators', { kind: 'clock', ts: 5, known_at: 6 })
    const [marker] = chunk.records
    expect(marker).toMatchObject({ key: Buffer.alloc(0), timestamp: 5, headers: { 'barline.kind': 'marker' } })
    expect(marker && contentOf(marker)).toMatchObject({
      recordName: 'barline.Marker',
      value: { kind: 'clock', ts: 5, known_at: 6 },
    })
  })

  test('makes a dead letter of a record whose output is too large to be written, and writes no such output', () => {
    const chunk = newChunk()
    const emit = chunk.take(decodedInput('tape', 0, 9))
    emit.record(output('huge', { text: 'x'.repeat(960_000) }))
    emit.record(output('small'))
    expect(chunk.records.map(({ topic }) => topic)).toEqual(['dead-letters.engine', 'indicators'])
    const [letter] = chunk.records
    expect(letter?.headers).toEqual({ 'barline.reason': 'RECORD_TOO_LARGE' })
    expect(letter && contentOf(letter).value).toMatchObject({
      source_topic: 'tape',
      source_offset: 9,
      message: expect.stringContaining('test.Number made from it takes 960'),
    })
    expect(chunk.counts.refused).toEqual(new Map([['RECORD_TOO_LARGE', 1]]))
  })

  test('counts a long key as part of what is too large', () => {
    const chunk = newChunk()
    chunk.take(decodedInput('tape', 0, 9)).record(output('k'.repeat(500_000), { text: 'x'.repeat(500_000) }))
    expect(chunk.records.map(({ headers }) => headers)).toEqual([{ 'barline.reason': 'RECORD_TOO_LARGE' }])
  })

  test('counts what was taken, emitted, refused, repeated and left out; markers are no data', () => {
    const chunk = newChunk()
    const first = chunk.take(decodedInput('tape', 0, 1))
    first.record(output('a'))
    first.record(output('b'))
    first.marker('indicators', { kind: 'clock', ts: 5, known_at: 6 })
    chunk.take(decodedInput('tape', 0, 2)).duplicate()
    const third = chunk.take(decodedInput('tape', 0, 3))
    third.refuse({ reason: 'LATE', message: '' })
    third.leaveOut('OUTSIDE_UNIVERSE')
    third.leaveOut('OUTSIDE_UNIVERSE')
    expect(chunk.counts).toEqual({
      taken: 3,
      duplicates: 1,
      refused: new Map([['LATE', 1]]),
      emitted: new Map([['indicators', 2]]),
      leftOut: new Map([['OUTSIDE_UNIVERSE', 2]]),
    })
    expect(chunk.bytes).toBe(chunk.records.reduce((sum, { value }) => sum + value.length, 0))
  })

  test('has no records as long as nothing was emitted', () => {
    const chunk = newChunk()
    chunk.take(decodedInput('tape', 0, 1)).duplicate()
    expect(chunk.hasRecords).toBe(false)
    expect(chunk.records).toEqual([])
  })
})
