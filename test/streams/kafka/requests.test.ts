import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { cutIntoRequests } from '../../../streams/kafka/requests.ts'
import type { OutgoingRecord } from '../../../streams/port.ts'
import { sizeOf } from '../../../streams/record-size.ts'

const maxBytes = 700_000

function record(topic: string, partition: number, bytes: number, timestamp: number): OutgoingRecord {
  return { topic, partition, key: Buffer.from('k'), value: Buffer.alloc(bytes), timestamp, headers: { name: 'x' } }
}

const place = ({ topic, partition }: OutgoingRecord): string => `${topic}[${partition}]`

const outgoing = fc
  .array(
    fc.record({
      topic: fc.constantFrom('a', 'b'),
      partition: fc.integer({ min: 0, max: 1 }),
      bytes: fc.oneof(
        { arbitrary: fc.integer({ min: 0, max: 300 }), weight: 4 },
        { arbitrary: fc.integer({ min: 200_000, max: 800_000 }), weight: 1 },
      ),
    }),
    { maxLength: 30 },
  )
  .map((records) => records.map(({ topic, partition, bytes }, index) => record(topic, partition, bytes, index)))

describe('requests', () => {
  test('hold every record once, each partition in its order, and no partition of one is too large', () => {
    fc.assert(
      fc.property(outgoing, (records) => {
        const requests = cutIntoRequests(records)
        expect(requests.every((request) => request.length > 0)).toBe(true)
        const sent = requests.flat()
        expect(sent).toHaveLength(records.length)
        for (const where of new Set(records.map(place))) {
          expect(sent.filter((each) => place(each) === where)).toEqual(records.filter((each) => place(each) === where))
        }
        for (const request of requests) {
          for (const where of new Set(request.map(place))) {
            const mine = request.filter((each) => place(each) === where)
            const bytes = mine.reduce((sum, each) => sum + sizeOf(each), 0)
            expect(mine.length === 1 || bytes <= maxBytes).toBe(true)
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  test('are one when all partitions have little, so that a small transaction is one round trip', () => {
    const records = Array.from({ length: 12 }, (_, index) => record(index % 2 ? 'a' : 'b', index % 3, 100, index))
    expect(cutIntoRequests(records)).toEqual([records])
  })

  test('are none for no records', () => {
    expect(cutIntoRequests([])).toEqual([])
  })

  test('count a record with its key, its headers and an allowance for the envelope', () => {
    expect(sizeOf(record('a', 0, 10, 0))).toBe(1 + 10 + 'name'.length + 'x'.length + 64)
  })
})
