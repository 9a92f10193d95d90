import { expect, test } from '@jest/globals'
import { partitionKey } from '../../../streams/port.ts'
import { type LogWorld, textRecord, texts } from './log-world.ts'

/** Positions of groups, and the bounds of partitions that they are compared with. */
export function describePositions(world: LogWorld, timeoutMs: number): void {
  test(
    'positions belong to their group, and a partition without one is left out',
    async () => {
      const topic = await world.newTopic()
      const [zero, one] = [
        { topic, partition: 0 },
        { topic, partition: 1 },
      ]
      await world.withWriter(`${topic}-w`, (writer) =>
        writer.commit({ records: [], offsets: { group: `${topic}-a`, positions: [{ ...zero, offset: 0 }] } }),
      )
      expect([...(await world.committedBehind(`${topic}-w`, `${topic}-a`, [zero, one]))]).toEqual([[`${topic}[0]`, 0]])
      expect((await world.log.committed(`${topic}-b`, [zero, one])).size).toBe(0)
    },
    timeoutMs,
  )

  test(
    'a position carries the note of the transaction that committed it, or none',
    async () => {
      const topic = await world.newTopic()
      const [zero, one] = [
        { topic, partition: 0 },
        { topic, partition: 1 },
      ]
      const group = `${topic}-g`
      const notes = () => world.withWriter(`${topic}-w`, async () => [...(await world.log.notes(group, [zero, one]))])
      expect(await notes()).toEqual([])
      await world.withWriter(`${topic}-w`, async (writer) => {
        const positions = [
          { ...zero, offset: 3, note: '{"kept":3}' },
          { ...one, offset: 4 },
        ]
        await writer.commit({ records: [], offsets: { group, positions } })
      })
      expect(await notes()).toEqual([[`${topic}[0]`, '{"kept":3}']])
      await world.withWriter(`${topic}-w`, (writer) =>
        writer.commit({ records: [], offsets: { group, positions: [{ ...zero, offset: 5 }] } }),
      )
      expect(await notes()).toEqual([])
    },
    timeoutMs,
  )

  test(
    'a position below the oldest record kept is data loss, and never a jump',
    async () => {
      const where = { topic: await world.newTopic(), partition: 0 }
      await world.withWriter(`${where.topic}-w`, (writer) =>
        writer.commit({ records: ['a', 'b', 'c', 'd'].map((text) => textRecord(where, text)) }),
      )
      await world.readAll(where)
      await world.subject.deleteBelow(where, 2)
      expect((await world.log.bounds([where])).get(partitionKey(where))).toEqual({ start: 2, end: 5 })
      await expect(world.look({ ...where, offset: 1 })).rejects.toMatchObject({ code: 'DATA_LOSS', retriable: false })
      const fetched = await world.look({ ...where, offset: 2 })
      expect(fetched.startOffset).toBe(2)
      expect(texts(fetched.records)).toEqual(['c', 'd'])
    },
    timeoutMs,
  )

  test(
    'a position behind the end is data loss: the topic was made anew',
    async () => {
      const where = { topic: await world.newTopic(), partition: 0 }
      await world.withWriter(`${where.topic}-w`, (writer) => writer.commit({ records: [textRecord(where, 'a')] }))
      await world.readAll(where)
      await expect(world.look({ ...where, offset: 3 })).rejects.toMatchObject({ code: 'DATA_LOSS' })
    },
    timeoutMs,
  )

  test(
    'the bounds of an empty partition are equal',
    async () => {
      const where = { topic: await world.newTopic(), partition: 2 }
      expect((await world.log.bounds([where])).get(partitionKey(where))).toEqual({ start: 0, end: 0 })
    },
    timeoutMs,
  )
}
