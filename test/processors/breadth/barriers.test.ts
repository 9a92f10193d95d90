import { describe, expect, test } from '@jest/globals'
import { createBarriers } from '../../../processors/fan-in/barriers.ts'
import { selectFurthestBehind } from '../../../processors/fan-in/select.ts'
import { completeHead } from '../../../processors/processor.ts'
import { clock } from '../ingest/driver.ts'
import { tens } from './fan-in-cases.ts'

describe('barriers', () => {
  test('close when every partition has passed them by more than the grace', () => {
    const barriers = createBarriers(2, tens)
    expect(barriers.advance(0, 13, 13)).toEqual([])
    expect(barriers.advance(1, 12, 14)).toEqual([])
    expect(barriers.advance(1, 13, 13)).toEqual([{ upTo: 10, knownAt: 14 }])
  })

  test('wait for a partition that has said nothing, and name it', () => {
    const barriers = createBarriers(3, tens)
    barriers.advance(0, 99, 99)
    barriers.advance(2, 99, 99)
    expect(barriers.laggards()).toEqual([1])
    expect(barriers.passed(1)).toBe(Number.NEGATIVE_INFINITY)
    expect(barriers.advance(1, 5, 5)).toEqual([])
  })

  test('close one by one where one partition brings several and another passes them in one step', () => {
    const barriers = createBarriers(2, tens)
    barriers.advance(0, 13, 15)
    barriers.advance(0, 23, 23)
    barriers.advance(0, 53, 60)
    expect(barriers.lead(0)).toBe(3)
    expect(barriers.advance(1, 44, 44)).toEqual([
      { upTo: 10, knownAt: 44 },
      { upTo: 20, knownAt: 44 },
      { upTo: 40, knownAt: 60 },
    ])
    expect([barriers.lead(0), barriers.lead(1)]).toEqual([1, 0])
  })

  test('do not open again for a record that is behind', () => {
    const barriers = createBarriers(1, tens)
    expect(barriers.advance(0, 33, 33)).toEqual([{ upTo: 30, knownAt: 33 }])
    expect(barriers.advance(0, 13, 40)).toEqual([])
    expect(barriers.advance(0, 43, 43)).toEqual([{ upTo: 40, knownAt: 43 }])
  })

  test('refuse a partition that does not exist', () => {
    expect(() => createBarriers(2, tens).advance(2, 1, 1)).toThrow(RangeError)
  })
})

describe('a fan-in selects', () => {
  const head = (partition: number, ts?: number) =>
    completeHead(
      { topic: 'indicators', partition },
      ts === undefined ? undefined : clock(ts, { partition }),
      ts === undefined,
    )

  test('the partition that is furthest behind, then the lowest, among those with a head', () => {
    const barriers = createBarriers(3, tens)
    expect(selectFurthestBehind([head(2, 1), head(1, 9), head(0, 9)], barriers, 9)).toBe(2)
    barriers.advance(0, 30, 30)
    barriers.advance(1, 20, 20)
    expect(selectFurthestBehind([head(0, 31), head(1, 99), head(2)], barriers, 9)).toBe(1)
    expect(selectFurthestBehind([head(0), head(1), head(2)], barriers, 9)).toBeUndefined()
  })

  test('no partition that is too far ahead, until the others follow', () => {
    const barriers = createBarriers(2, tens)
    for (const ts of [13, 23, 33]) barriers.advance(0, ts, ts)
    expect(selectFurthestBehind([head(0, 43), head(1)], barriers, 3)).toBe(0)
    expect(selectFurthestBehind([head(0, 43), head(1)], barriers, 2)).toBeUndefined()
    barriers.advance(1, 13, 13)
    expect(selectFurthestBehind([head(0, 43), head(1)], barriers, 2)).toBe(0)
  })
})
