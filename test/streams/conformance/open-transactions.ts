import { expect, test } from '@jest/globals'
import { partitionKey } from '../../../streams/port.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type LogWorld, textRecord, texts } from './log-world.ts'

/** Two transactions that are open on a new topic: a0 b1 a2 b3. */
async function interleaved(world: LogWorld) {
  const where = { topic: await world.newTopic(), partition: 0 }
  const a = await world.outside(`${where.topic}-a`)
  const b = await world.outside(`${where.topic}-b`)
  await a.send([textRecord(where, 'a0')])
  await b.send([textRecord(where, 'b1')])
  await a.send([textRecord(where, 'a2')])
  await b.send([textRecord(where, 'b3')])
  return { where, a, b }
}

/** Transactions that are open or aborted: only on logs on which one can stay open. */
export function describeOpenTransactions(world: LogWorld, timeoutMs: number): void {
  test(
    'no record of an aborted transaction is delivered, from whatever offset two interleaved ones are read',
    async () => {
      const { where, a, b } = await interleaved(world)
      // In the order in which kafkajs's own filter fails: the transaction that began later is aborted first.
      await b.abort()
      await a.abort()
      // A broker writes control records a moment after it has answered; what follows is to lie behind both.
      await waitUntil('the control records of both aborts', async () => {
        const bounds = await world.log.bounds([where])
        return bounds.get(partitionKey(where))?.end === 6
      })
      await world.withWriter(`${where.topic}-w`, (writer) => writer.commit({ records: [textRecord(where, 'kept')] }))
      for (let offset = 0; offset <= 6; offset += 1) {
        expect(texts(await world.readAll(where, offset))).toEqual(['kept'])
      }
    },
    timeoutMs,
  )

  test(
    'a committed transaction within the span of an aborted one is delivered whole',
    async () => {
      const { where, a, b } = await interleaved(world)
      await b.commit()
      await a.send([textRecord(where, 'a5')])
      await a.abort()
      expect(texts(await world.readAll(where))).toEqual(['b1', 'b3'])
    },
    timeoutMs,
  )

  test(
    'an open transaction holds back what is delivered, but not what counts as the end',
    async () => {
      const where = { topic: await world.newTopic(), partition: 0 }
      await world.withWriter(`${where.topic}-w`, (writer) => writer.commit({ records: [textRecord(where, 'done')] }))
      await world.readAll(where)
      const open = await world.outside(`${where.topic}-open`)
      await open.send([textRecord(where, 'pending')])
      await world.withWriter(`${where.topic}-w2`, (writer) =>
        writer.commit({ records: [textRecord(where, 'behind it')] }),
      )
      await waitUntil('the control record of the second commit', async () => {
        const bounds = await world.log.bounds([where])
        return bounds.get(partitionKey(where))?.end === 5
      })
      const held = await world.look({ ...where, offset: 0 })
      expect(texts(held.records)).toEqual(['done'])
      expect(held).toMatchObject({ stableOffset: 2, endOffset: 5 })
      expect(await world.look({ ...where, offset: 2 })).toMatchObject({ records: [], nextOffset: 2 })
      await open.commit()
      expect(texts(await world.readAll(where))).toEqual(['done', 'pending', 'behind it'])
    },
    timeoutMs,
  )

  test(
    'a new writer ends what its predecessor left open, so that readers go on',
    async () => {
      const where = { topic: await world.newTopic(), partition: 0 }
      const id = `${where.topic}-w`
      await world.withWriter(id, async (writer) => {
        world.subject.failNextCommit('before')
        await expect(writer.commit({ records: [textRecord(where, 'left open')] })).rejects.toThrow()
      })
      const held = await world.look({ ...where, offset: 0 })
      expect(held.stableOffset).toBeLessThan(held.endOffset)
      await world.withWriter(id, async () => undefined)
      expect(texts(await world.readAll(where))).toEqual([])
    },
    timeoutMs,
  )
}
