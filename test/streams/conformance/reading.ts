import { expect, test } from '@jest/globals'
import { partitionKey } from '../../../streams/port.ts'
import { type LogWorld, textRecord, texts, waitMs } from './log-world.ts'

/** Reading: what a look at the log brings. */
export function describeReading(world: LogWorld, timeoutMs: number): void {
  test(
    'a record comes back as it was written, behind the records of its partition before it',
    async () => {
      const where = { topic: await world.newTopic(), partition: 1 }
      const value = Buffer.from([0, 1, 2, 0xff, 0x0a, 0])
      const written = { ...where, key: Buffer.from('IBM'), value, timestamp: 1_234, headers: { a: '1', b: 'zwölf' } }
      await world.withWriter(`${where.topic}-w`, (writer) =>
        writer.commit({ records: [written, textRecord(where, 'next', 999)] }),
      )
      const [first, second] = await world.readAll(where)
      expect(first).toEqual({
        offset: 0,
        timestamp: 1_234,
        key: Buffer.from('IBM'),
        value,
        headers: [
          { name: 'a', value: Buffer.from('1') },
          { name: 'b', value: Buffer.from('zwölf') },
        ],
      })
      expect(second).toMatchObject({ offset: 1, timestamp: 999, value: Buffer.from('next') })
    },
    timeoutMs,
  )

  test(
    'a look begins exactly at its offset and ends behind everything that it passed over',
    async () => {
      const where = { topic: await world.newTopic(), partition: 0 }
      await world.withWriter(`${where.topic}-w`, async (writer) => {
        await writer.commit({ records: ['a', 'b', 'c', 'd'].map((text) => textRecord(where, text)) })
        await writer.commit({ records: [textRecord(where, 'e')] })
      })
      expect(texts(await world.readAll(where))).toEqual(['a', 'b', 'c', 'd', 'e'])
      expect(texts(await world.readAll(where, 2))).toEqual(['c', 'd', 'e'])
      const end = (await world.log.bounds([where])).get(partitionKey(where))?.end ?? -1
      // Each transaction leaves one control record behind it.
      expect(end).toBe(7)
      expect(await world.look({ ...where, offset: end })).toEqual({
        ...where,
        records: [],
        nextOffset: end,
        endOffset: end,
        stableOffset: end,
        startOffset: 0,
      })
    },
    timeoutMs,
  )

  test(
    'one look answers for each of its positions once',
    async () => {
      const topic = await world.newTopic()
      const other = await world.newTopic()
      await world.withWriter(`${topic}-w`, (writer) =>
        writer.commit({
          records: [textRecord({ topic, partition: 2 }, 'x'), textRecord({ topic: other, partition: 0 }, 'y')],
        }),
      )
      await world.readAll({ topic: other, partition: 0 })
      await world.readAll({ topic, partition: 2 })
      const positions = [0, 1, 2].flatMap((partition) => [
        { topic, partition, offset: 0 },
        { topic: other, partition, offset: 0 },
      ])
      const reader = await world.log.reader()
      const fetched = await reader.fetch(positions, waitMs)
      await reader.close()
      expect(fetched.map(partitionKey).sort()).toEqual(positions.map(partitionKey).sort())
      const found = fetched
        .filter(({ records }) => records.length > 0)
        .map((each) => [partitionKey(each), texts(each.records)])
      expect(found.sort()).toEqual(
        [
          [`${topic}[2]`, ['x']],
          [`${other}[0]`, ['y']],
        ].sort(),
      )
    },
    timeoutMs,
  )
}
