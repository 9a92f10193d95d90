import { describe, expect, test } from '@jest/globals'
import { readHistory } from '../../../streams/kafka/co-partition-assigner.ts'

const sent = (value: unknown) => Buffer.from(JSON.stringify(value))

describe('the history that a member sends', () => {
  test('is what it has, under the id that it has', () => {
    expect(readHistory('m1', sent({ memberId: 'm1', partitions: [0, 2] }))).toEqual({
      memberId: 'm1',
      partitions: [0, 2],
      isStale: false,
    })
  })

  test('is stale when the broker has given it another id since', () => {
    expect(readHistory('m2', sent({ memberId: 'm1', partitions: [0] }))).toMatchObject({ isStale: true })
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['no JSON', Buffer.from('{')],
    ['another form', sent([0, 1])],
    ['null', sent(null)],
  ])('is none when it sends %s', (_what, userData) => {
    expect(readHistory('m1', userData)).toEqual({ memberId: 'm1', partitions: [] })
  })
})
