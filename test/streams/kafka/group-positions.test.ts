import { describe, expect, test } from '@jest/globals'
import { codeOf, isRetriable } from '../../../streams/errors.ts'
import type { Cluster, FetchedOffsets } from '../../../streams/kafka/broker.ts'
import { typeOf } from '../../../streams/kafka/error-type.ts'
import { groupPositions, positionsIn } from '../../../streams/kafka/group-positions.ts'

const tape = { topic: 'tape', partition: 0 }
const letters = { topic: 'dead-letters.engine', partition: 0 }

const answered = (partition: number, offset: number, errorCode = 0, metadata: string | null = '') => ({
  partition,
  offset: String(offset),
  metadata,
  errorCode,
})

/** What is thrown. */
function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('positions in an answer', () => {
  test('are those asked for, without the prefix and with their notes; -1 says that nothing is committed', () => {
    const responses = [
      { topic: 'run.tape', partitions: [answered(0, 7, 0, 'seven'), answered(1, 9)] },
      { topic: 'run.dead-letters.engine', partitions: [answered(0, -1)] },
    ]
    expect([...positionsIn({ responses }, 'run.', [tape, letters])]).toEqual([
      ['tape[0]', { offset: 7, note: 'seven' }],
    ])
  })

  test.each<[string, FetchedOffsets['responses']]>([
    ['of its topic', [{ topic: 'run.tape', partitions: [] }]],
    ['at all', []],
    ['but of the same topic without the prefix', [{ topic: 'tape', partitions: [answered(0, 7)] }]],
    ['but of another partition', [{ topic: 'run.tape', partitions: [answered(1, 7)] }]],
  ])('are not "nothing committed" when the answer says nothing of the partition %s', (_what, responses) => {
    const error = thrownBy(() => positionsIn({ responses }, 'run.', [tape]))
    expect([codeOf(error), isRetriable(error)]).toEqual(['LOG_UNAVAILABLE', true])
    expect(String(error)).toContain('says nothing of tape[0]')
  })

  test.each([
    ['of a group that its coordinator still loads', 14, 'GROUP_LOAD_IN_PROGRESS', true],
    ['of a group that one may not read', 30, 'GROUP_AUTHORIZATION_FAILED', false],
  ])('are none but an error %s', (_what, code, type, retriable) => {
    const ofGroup = thrownBy(() => positionsIn({ errorCode: code, responses: [] }, '', [tape]))
    const responses = [{ topic: 'tape', partitions: [answered(0, -1, code)] }]
    const ofPartition = thrownBy(() => positionsIn({ errorCode: 0, responses }, '', [tape]))
    for (const error of [ofGroup, ofPartition]) expect([typeOf(error), isRetriable(error)]).toEqual([type, retriable])
  })
})

test('the coordinator is asked once, for the partitions that are wanted and no more', async () => {
  const requests: unknown[] = []
  const cluster = {
    findGroupCoordinator: async ({ groupId }: { groupId: string }) => ({
      offsetFetch: async (request: object) => {
        requests.push([groupId, request])
        return { responses: [{ topic: 'run.tape', partitions: [answered(0, 3), answered(2, 4)] }] }
      },
    }),
  } as unknown as Cluster
  const found = await groupPositions(cluster, 'run.', 'engine', [tape, { topic: 'tape', partition: 2 }])
  expect([...found.keys()]).toEqual(['tape[0]', 'tape[2]'])
  const topics = [{ topic: 'run.tape', partitions: [{ partition: 0 }, { partition: 2 }] }]
  expect(requests).toEqual([['run.engine', { groupId: 'run.engine', topics }]])
  expect((await groupPositions(cluster, 'run.', 'engine', [])).size).toBe(0)
  expect(requests).toHaveLength(1)
})
