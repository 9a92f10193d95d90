import { describe, expect, test } from '@jest/globals'
import { LeaderEnds } from '../../../streams/kafka/leader-ends.ts'
import type { Fetched } from '../../../streams/port.ts'

const empty = (endOffset: number): Fetched => ({
  ...{ topic: 'market.bars', partition: 0, records: [] },
  ...{ nextOffset: 100, endOffset, stableOffset: endOffset, startOffset: 0 },
})
const isAtEnd = ([answer]: readonly Fetched[]): boolean => answer !== undefined && answer.nextOffset >= answer.endOffset

function asking(...answers: (number | string)[]) {
  const asked: number[] = []
  const ask = async (some: readonly Fetched[]) => {
    asked.push(some.length)
    const answer = answers.shift()
    if (typeof answer === 'string') throw Object.assign(new Error(answer), { type: answer })
    return new Map([['market.bars[0]', answer ?? 0]])
  }
  return { ask, asked }
}

describe('the end that a leader shows', () => {
  test('is not believed of a new one that does not know it yet, and holds once it does', async () => {
    const ends = new LeaderEnds()
    const { ask, asked } = asking('OFFSET_NOT_AVAILABLE', 'LEADER_NOT_AVAILABLE', 102)
    expect(isAtEnd(await ends.settled('1', [empty(100)], ask))).toBe(false)
    expect(isAtEnd(await ends.settled('1', [empty(100)], ask))).toBe(false)
    expect(await ends.settled('1', [empty(100)], ask)).toMatchObject([{ endOffset: 102 }])
    expect(isAtEnd(await ends.settled('1', [empty(100)], ask))).toBe(true)
    expect(asked).toEqual([1, 1, 1])
  })

  test('is asked for once a leader, and again after an error', async () => {
    const ends = new LeaderEnds()
    const { ask, asked } = asking(100, 100, 100)
    for (const leader of ['1', '1', '2', '2']) expect(isAtEnd(await ends.settled(leader, [empty(100)], ask))).toBe(true)
    expect(asked).toHaveLength(2)
    ends.doubtAll()
    expect(isAtEnd(await ends.settled('2', [empty(100)], ask))).toBe(true)
    expect(asked).toHaveLength(3)
  })

  test('is not asked for where records came or more is known to follow', async () => {
    const { ask, asked } = asking()
    const more = empty(101)
    expect(await new LeaderEnds().settled('1', [more], ask)).toEqual([more])
    expect(asked).toEqual([])
  })

  test('is an error when the broker answers with one that does not pass', async () => {
    const { ask } = asking('UNKNOWN_SERVER_ERROR')
    await expect(new LeaderEnds().settled('1', [empty(100)], ask)).rejects.toThrow('UNKNOWN_SERVER_ERROR')
  })
})
