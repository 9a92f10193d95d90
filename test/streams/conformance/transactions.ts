import { expect, test } from '@jest/globals'
import { partitionKey } from '../../../streams/port.ts'
import { type LogWorld, textRecord, texts } from './log-world.ts'

/** Transactions: whole or not at all, by one writer. */
export function describeTransactions(world: LogWorld, timeoutMs: number): void {
  test(
    'a transaction over several partitions is seen whole once its commit has returned',
    async () => {
      const topic = await world.newTopic()
      const all = [0, 1, 2].map((partition) => ({ topic, partition }))
      await world.withWriter(`${topic}-w`, (writer) =>
        writer.commit({
          records: all.flatMap((where) => [
            textRecord(where, `${where.partition}a`),
            textRecord(where, `${where.partition}b`),
          ]),
          offsets: { group: `${topic}-group`, positions: all.map((where) => ({ ...where, offset: 5 })) },
        }),
      )
      expect(await Promise.all(all.map(async (where) => texts(await world.readAll(where))))).toEqual([
        ['0a', '0b'],
        ['1a', '1b'],
        ['2a', '2b'],
      ])
      expect([...(await world.committedBehind(`${topic}-w`, `${topic}-group`, all))].sort()).toEqual(
        all.map((where) => [partitionKey(where), 5]),
      )
    },
    timeoutMs,
  )

  test(
    'a transaction of positions alone goes through right after another, fifty times',
    async () => {
      const topic = await world.newTopic()
      const where = { topic, partition: 0 }
      await world.withWriter(`${topic}-w`, async (writer) => {
        await writer.commit({ records: [textRecord(where, 'first')] })
        for (let offset = 1; offset <= 50; offset += 1) {
          await writer.commit({ records: [], offsets: { group: `${topic}-g`, positions: [{ ...where, offset }] } })
        }
      })
      expect((await world.committedBehind(`${topic}-w`, `${topic}-g`, [where])).get(partitionKey(where))).toBe(50)
    },
    timeoutMs,
  )

  test(
    'a second writer with the same id shuts the first one out, and nothing more of the first is seen',
    async () => {
      const topic = await world.newTopic()
      const where = { topic, partition: 0 }
      const positions = [{ ...where, offset: 9 }]
      const first = await world.log.writer(`${topic}-w`)
      await first.fence()
      await first.commit({ records: [textRecord(where, 'before')] })
      await world.withWriter(`${topic}-w`, async (second) => {
        const late = first.commit({
          records: [textRecord(where, 'zombie')],
          offsets: { group: `${topic}-g`, positions },
        })
        await expect(late).rejects.toMatchObject({ code: 'FENCED', retriable: true })
        await second.commit({ records: [textRecord(where, 'after')] })
      })
      await first.close()
      expect(texts(await world.readAll(where))).toEqual(['before', 'after'])
      expect((await world.log.committed(`${topic}-g`, [where])).size).toBe(0)
    },
    timeoutMs,
  )

  test.each([
    { when: 'before', position: 1, seen: ['one', 'two again'] },
    { when: 'after', position: 2, seen: ['one', 'two', 'two again'] },
  ] as const)(
    'after a commit that failed $when it took effect, a new writer with the id goes on from the committed position',
    async ({ when, position, seen }) => {
      const topic = await world.newTopic()
      const where = { topic, partition: 0 }
      const group = `${topic}-g`
      await world.withWriter(`${topic}-w`, async (writer) => {
        await writer.commit({
          records: [textRecord(where, 'one')],
          offsets: { group, positions: [{ ...where, offset: 1 }] },
        })
        world.subject.failNextCommit(when)
        const failed = writer.commit({
          records: [textRecord(where, 'two')],
          offsets: { group, positions: [{ ...where, offset: 2 }] },
        })
        await expect(failed).rejects.toMatchObject({ retriable: true })
      })
      await world.withWriter(`${topic}-w`, async (writer) => {
        expect((await world.log.committed(group, [where])).get(partitionKey(where))).toBe(position)
        await writer.commit({ records: [textRecord(where, 'two again')] })
      })
      expect(texts(await world.readAll(where))).toEqual(seen)
    },
    timeoutMs,
  )
}
