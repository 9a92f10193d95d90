import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { assignPartitions, type MemberHistory } from '../../streams/assignment.ts'

const partitionCounts = fc.integer({ min: 1, max: 24 })

/** Members with distinct ids, in any order, whose histories do not overlap and may name partitions that are gone. */
const groups = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 28, maxLength: 28 }))
  .chain(([size, owners]) => {
    const members = Array.from({ length: size }, (_, index): MemberHistory => {
      const partitions = owners.flatMap((owner, partition) => (owner === index ? [partition] : []))
      return { memberId: `m${index}`, partitions }
    })
    return fc.shuffledSubarray(members, { minLength: size })
  })

const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b)
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

describe('co-partitioned', () => {
  test('every partition has exactly one member, and no two members differ by more than one partition', () => {
    fc.assert(
      fc.property(groups, partitionCounts, (members, count) => {
        const assigned = assignPartitions(members, count, 'co-partitioned')
        expect(sorted([...assigned.values()].flat())).toEqual(range(count))
        expect([...assigned.keys()].sort()).toEqual(members.map(({ memberId }) => memberId).sort())
        const sizes = [...assigned.values()].map(({ length }) => length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('a member keeps what it had up to its share', () => {
    fc.assert(
      fc.property(groups, partitionCounts, (members, count) => {
        const assigned = assignPartitions(members, count, 'co-partitioned')
        for (const { memberId, partitions } of members) {
          const had = partitions.filter((partition) => partition < count)
          const has = assigned.get(memberId) ?? []
          const kept = has.filter((partition) => had.includes(partition))
          expect(kept).toHaveLength(Math.min(had.length, has.length))
        }
      }),
    )
  })

  test('nothing moves when a balanced group assigns again', () => {
    fc.assert(
      fc.property(groups, partitionCounts, (members, count) => {
        const once = assignPartitions(members, count, 'co-partitioned')
        const histories = [...once].map(([memberId, partitions]) => ({ memberId, partitions }))
        const again = assignPartitions(histories, count, 'co-partitioned')
        for (const [memberId, partitions] of once) expect(sorted(again.get(memberId) ?? [])).toEqual(sorted(partitions))
      }),
    )
  })

  test('a partition that two members claim goes to one of them', () => {
    const claims = [
      { memberId: 'a', partitions: [0, 1] },
      { memberId: 'b', partitions: [0, 1] },
    ]
    expect(sorted([...assignPartitions(claims, 2, 'co-partitioned').values()].flat())).toEqual([0, 1])
  })

  test('the order in which members are listed does not matter', () => {
    fc.assert(
      fc.property(groups, partitionCounts, (members, count) => {
        const one = assignPartitions(members, count, 'co-partitioned')
        const other = assignPartitions([...members].reverse(), count, 'co-partitioned')
        expect([...other].sort()).toEqual([...one].sort())
      }),
    )
  })
})

describe('who comes back after the group has shut it out', () => {
  const zombie = { memberId: 'a', partitions: [0, 1, 2, 3], isStale: true }

  test('takes nothing from who stepped in', () => {
    const holder = { memberId: 'b', partitions: [0, 1, 2, 3] }
    expect([...assignPartitions([zombie, holder], 4, 'all-to-one')]).toEqual([
      ['b', [0, 1, 2, 3]],
      ['a', []],
    ])
    const shared = assignPartitions([zombie, holder], 4, 'co-partitioned')
    expect(shared.get('b')).toEqual([0, 1])
    expect(shared.get('a')).toEqual([2, 3])
  })

  test('has again what nobody else has', () => {
    const idle = { memberId: 'b', partitions: [] }
    expect(assignPartitions([zombie, idle], 4, 'all-to-one').get('a')).toEqual([0, 1, 2, 3])
  })
})

describe('all to one', () => {
  test('one member has everything: the one that had it, else the first by id', () => {
    fc.assert(
      fc.property(groups, partitionCounts, fc.boolean(), (members, count, hasHolder) => {
        const holder = hasHolder ? members[0]?.memberId : undefined
        const histories = members.map(({ memberId }) => ({
          memberId,
          partitions: memberId === holder ? range(count) : [],
        }))
        const assigned = assignPartitions(histories, count, 'all-to-one')
        const first = members.map(({ memberId }) => memberId).sort()[0]
        expect([...assigned].filter(([, partitions]) => partitions.length > 0)).toEqual([
          [holder ?? first, range(count)],
        ])
        expect(assigned.size).toBe(members.length)
      }),
    )
  })
})
