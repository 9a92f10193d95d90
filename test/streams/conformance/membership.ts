import { expect, test } from '@jest/globals'
import { waitUntil } from '../support/wait-until.ts'
import type { LogWorld } from './log-world.ts'

/** Membership of groups: who has which partitions. */
export function describeMembership(world: LogWorld, timeoutMs: number): void {
  test(
    'each partition of all topics read together has one member, and a member keeps its share when another joins',
    async () => {
      const topics = [await world.newTopic(), await world.newTopic()]
      const group = `${topics[0]}-g`
      const first = await world.join(group, topics, 'co-partitioned')
      await waitUntil('the first member to have everything', () => first.current().length === 3, timeoutMs)
      const second = await world.join(group, topics, 'co-partitioned')
      await waitUntil('the second member to have its share', () => second.current().length === 1, timeoutMs)
      await waitUntil('the first member to give it up', () => first.current().length === 2, timeoutMs)
      expect([...first.current(), ...second.current()].sort()).toEqual([0, 1, 2])
      expect(first.assignments.at(-1)?.generation).toBeGreaterThan(first.assignments[0]?.generation ?? Infinity)
      await first.leave()
      await waitUntil('the second member to take over', () => second.current().length === 3, timeoutMs)
      await second.leave()
    },
    timeoutMs,
  )

  test(
    'all to one: one member has everything, and another takes over when it leaves',
    async () => {
      const topic = await world.newTopic()
      const first = await world.join(`${topic}-g`, [topic], 'all-to-one')
      await waitUntil('the first member to have everything', () => first.current().length === 3, timeoutMs)
      const second = await world.join(`${topic}-g`, [topic], 'all-to-one')
      await waitUntil('the second member to be told', () => second.assignments.length > 0, timeoutMs)
      expect(second.current()).toEqual([])
      expect(first.current()).toEqual([0, 1, 2])
      await first.leave()
      await waitUntil('the second member to take over', () => second.current().length === 3, timeoutMs)
      await second.leave()
    },
    timeoutMs,
  )
}
