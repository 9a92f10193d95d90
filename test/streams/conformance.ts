import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  type Assignment,
  type AssignmentMode,
  type Fetched,
  type Log,
  type LogRecord,
  type LogWriter,
  type OutgoingRecord,
  type Position,
  partitionKey,
  type TopicPartition,
} from '../../streams/port.ts'
import { waitUntil } from './support/wait-until.ts'

/** A producer of somebody else, whose transactions stay open until it ends them. */
export type OutsideProducer = {
  /** Sends records in a request of their own, within the open transaction; begins one if there is none. */
  send(records: readonly OutgoingRecord[]): Promise<void>
  commit(): Promise<void>
  abort(): Promise<void>
}

/** A log and what a test does to it from outside. */
export type LogUnderTest = {
  readonly log: Log
  /** Makes a topic of {@link partitionCount} partitions. */
  createTopic(topic: string): Promise<void>
  deleteBelow(where: TopicPartition, offset: number): Promise<void>
  /** Makes the next commit of records throw, before or after it took effect. */
  failNextCommit(when: 'before' | 'after'): void
  /** Only of logs on which a transaction can stay open. */
  readonly outsideProducer?: (transactionalId: string) => Promise<OutsideProducer>
  close(): Promise<void>
}

/** Partitions of every topic of the suite. */
export const partitionCount = 3

const waitMs = 200
let topicCount = 0

function textRecord(where: TopicPartition, text: string, timestamp = 1_000): OutgoingRecord {
  return { ...where, key: Buffer.from('key'), value: Buffer.from(text), timestamp, headers: {} }
}

const texts = (records: readonly LogRecord[]): string[] => records.map(({ value }) => String(value))

async function look(log: Log, position: Position): Promise<Fetched> {
  const reader = await log.reader()
  try {
    const [fetched] = await reader.fetch([position], waitMs)
    if (!fetched) throw new Error('Nothing was answered')
    return fetched
  } finally {
    await reader.close()
  }
}

/** Reads until nothing is left or pending. */
async function readAll(log: Log, where: TopicPartition, fromOffset = 0): Promise<LogRecord[]> {
  const reader = await log.reader()
  const records: LogRecord[] = []
  try {
    for (let offset = fromOffset; ; ) {
      const [fetched] = await reader.fetch([{ ...where, offset }], waitMs)
      if (!fetched) throw new Error('Nothing was answered')
      records.push(...fetched.records)
      offset = fetched.nextOffset
      if (offset >= fetched.endOffset && fetched.stableOffset >= fetched.endOffset) return records
    }
  } finally {
    await reader.close()
  }
}

/**
 * What the runtime relies on, whatever the log is made of. `openTransactions`: whether transactions can stay open on it, so that
 * the promises about those can be kept or broken at all.
 */
export function describeLog(
  name: string,
  open: () => Promise<LogUnderTest>,
  { openTransactions, timeoutMs }: { openTransactions: boolean; timeoutMs: number },
): void {
  describe(name, () => {
    let subject: LogUnderTest
    let log: Log

    beforeAll(async () => {
      subject = await open()
      log = subject.log
    }, timeoutMs)

    afterAll(async () => {
      await subject?.close()
    }, timeoutMs)

    async function newTopic(): Promise<string> {
      topicCount += 1
      const topic = `conformance-${topicCount}`
      await subject.createTopic(topic)
      return topic
    }

    async function withWriter<T>(id: string, use: (writer: LogWriter) => Promise<T>): Promise<T> {
      const writer = await log.writer(id)
      try {
        await writer.fence()
        return await use(writer)
      } finally {
        await writer.close()
      }
    }

    /** As a task asks for them: behind its fence, since a broker may put positions into force a moment after the commit returned. */
    function committedBehind(id: string, group: string, partitions: readonly TopicPartition[]) {
      return withWriter(id, () => log.committed(group, partitions))
    }

    async function outside(id: string): Promise<OutsideProducer> {
      if (!subject.outsideProducer) throw new Error('This log has no outside producer')
      return subject.outsideProducer(id)
    }

    test(
      'a record comes back as it was written, behind the records of its partition before it',
      async () => {
        const where = { topic: await newTopic(), partition: 1 }
        const value = Buffer.from([0, 1, 2, 0xff, 0x0a, 0])
        const written = { ...where, key: Buffer.from('IBM'), value, timestamp: 1_234, headers: { a: '1', b: 'zwölf' } }
        await withWriter(`${where.topic}-w`, (writer) =>
          writer.commit({ records: [written, textRecord(where, 'next', 999)] }),
        )
        const [first, second] = await readAll(log, where)
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
        const where = { topic: await newTopic(), partition: 0 }
        await withWriter(`${where.topic}-w`, async (writer) => {
          await writer.commit({ records: ['a', 'b', 'c', 'd'].map((text) => textRecord(where, text)) })
          await writer.commit({ records: [textRecord(where, 'e')] })
        })
        expect(texts(await readAll(log, where))).toEqual(['a', 'b', 'c', 'd', 'e'])
        expect(texts(await readAll(log, where, 2))).toEqual(['c', 'd', 'e'])
        const end = (await log.bounds([where])).get(partitionKey(where))?.end ?? -1
        // Each transaction leaves one control record behind it.
        expect(end).toBe(7)
        expect(await look(log, { ...where, offset: end })).toEqual({
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
        const topic = await newTopic()
        const other = await newTopic()
        await withWriter(`${topic}-w`, (writer) =>
          writer.commit({
            records: [textRecord({ topic, partition: 2 }, 'x'), textRecord({ topic: other, partition: 0 }, 'y')],
          }),
        )
        await readAll(log, { topic: other, partition: 0 })
        await readAll(log, { topic, partition: 2 })
        const positions = [0, 1, 2].flatMap((partition) => [
          { topic, partition, offset: 0 },
          { topic: other, partition, offset: 0 },
        ])
        const reader = await log.reader()
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

    test(
      'a transaction over several partitions is seen whole once its commit has returned',
      async () => {
        const topic = await newTopic()
        const all = [0, 1, 2].map((partition) => ({ topic, partition }))
        await withWriter(`${topic}-w`, (writer) =>
          writer.commit({
            records: all.flatMap((where) => [
              textRecord(where, `${where.partition}a`),
              textRecord(where, `${where.partition}b`),
            ]),
            offsets: { group: `${topic}-group`, positions: all.map((where) => ({ ...where, offset: 5 })) },
          }),
        )
        expect(await Promise.all(all.map(async (where) => texts(await readAll(log, where))))).toEqual([
          ['0a', '0b'],
          ['1a', '1b'],
          ['2a', '2b'],
        ])
        expect([...(await committedBehind(`${topic}-w`, `${topic}-group`, all))].sort()).toEqual(
          all.map((where) => [partitionKey(where), 5]),
        )
      },
      timeoutMs,
    )

    test(
      'positions belong to their group, and a partition without one is left out',
      async () => {
        const topic = await newTopic()
        const [zero, one] = [
          { topic, partition: 0 },
          { topic, partition: 1 },
        ]
        await withWriter(`${topic}-w`, (writer) =>
          writer.commit({ records: [], offsets: { group: `${topic}-a`, positions: [{ ...zero, offset: 0 }] } }),
        )
        expect([...(await committedBehind(`${topic}-w`, `${topic}-a`, [zero, one]))]).toEqual([[`${topic}[0]`, 0]])
        expect((await log.committed(`${topic}-b`, [zero, one])).size).toBe(0)
      },
      timeoutMs,
    )

    test(
      'a position carries the note of the transaction that committed it, or none',
      async () => {
        const topic = await newTopic()
        const [zero, one] = [
          { topic, partition: 0 },
          { topic, partition: 1 },
        ]
        const group = `${topic}-g`
        const notes = async () => [...(await log.notes(group, [zero, one]))]
        expect(await notes()).toEqual([])
        await withWriter(`${topic}-w`, async (writer) => {
          const positions = [
            { ...zero, offset: 3, note: '{"kept":3}' },
            { ...one, offset: 4 },
          ]
          await writer.commit({ records: [], offsets: { group, positions } })
        })
        expect(await notes()).toEqual([[`${topic}[0]`, '{"kept":3}']])
        await withWriter(`${topic}-w`, (writer) =>
          writer.commit({ records: [], offsets: { group, positions: [{ ...zero, offset: 5 }] } }),
        )
        expect(await notes()).toEqual([])
      },
      timeoutMs,
    )

    test(
      'a transaction of positions alone goes through right after another, fifty times',
      async () => {
        const topic = await newTopic()
        const where = { topic, partition: 0 }
        await withWriter(`${topic}-w`, async (writer) => {
          await writer.commit({ records: [textRecord(where, 'first')] })
          for (let offset = 1; offset <= 50; offset += 1) {
            await writer.commit({ records: [], offsets: { group: `${topic}-g`, positions: [{ ...where, offset }] } })
          }
        })
        expect((await committedBehind(`${topic}-w`, `${topic}-g`, [where])).get(partitionKey(where))).toBe(50)
      },
      timeoutMs,
    )

    test(
      'a second writer with the same id shuts the first one out, and nothing more of the first is seen',
      async () => {
        const topic = await newTopic()
        const where = { topic, partition: 0 }
        const positions = [{ ...where, offset: 9 }]
        const first = await log.writer(`${topic}-w`)
        await first.fence()
        await first.commit({ records: [textRecord(where, 'before')] })
        await withWriter(`${topic}-w`, async (second) => {
          const late = first.commit({
            records: [textRecord(where, 'zombie')],
            offsets: { group: `${topic}-g`, positions },
          })
          await expect(late).rejects.toMatchObject({ code: 'FENCED', retriable: true })
          await second.commit({ records: [textRecord(where, 'after')] })
        })
        await first.close()
        expect(texts(await readAll(log, where))).toEqual(['before', 'after'])
        expect((await log.committed(`${topic}-g`, [where])).size).toBe(0)
      },
      timeoutMs,
    )

    test.each([
      { when: 'before', position: 1, seen: ['one', 'two again'] },
      { when: 'after', position: 2, seen: ['one', 'two', 'two again'] },
    ] as const)(
      'after a commit that failed $when it took effect, a new writer with the id goes on from the committed position',
      async ({ when, position, seen }) => {
        const topic = await newTopic()
        const where = { topic, partition: 0 }
        const group = `${topic}-g`
        await withWriter(`${topic}-w`, async (writer) => {
          await writer.commit({
            records: [textRecord(where, 'one')],
            offsets: { group, positions: [{ ...where, offset: 1 }] },
          })
          subject.failNextCommit(when)
          const failed = writer.commit({
            records: [textRecord(where, 'two')],
            offsets: { group, positions: [{ ...where, offset: 2 }] },
          })
          await expect(failed).rejects.toMatchObject({ retriable: true })
        })
        await withWriter(`${topic}-w`, async (writer) => {
          expect((await log.committed(group, [where])).get(partitionKey(where))).toBe(position)
          await writer.commit({ records: [textRecord(where, 'two again')] })
        })
        expect(texts(await readAll(log, where))).toEqual(seen)
      },
      timeoutMs,
    )

    test(
      'a position below the oldest record kept is data loss, and never a jump',
      async () => {
        const where = { topic: await newTopic(), partition: 0 }
        await withWriter(`${where.topic}-w`, (writer) =>
          writer.commit({ records: ['a', 'b', 'c', 'd'].map((text) => textRecord(where, text)) }),
        )
        await readAll(log, where)
        await subject.deleteBelow(where, 2)
        expect((await log.bounds([where])).get(partitionKey(where))).toEqual({ start: 2, end: 5 })
        await expect(look(log, { ...where, offset: 1 })).rejects.toMatchObject({ code: 'DATA_LOSS', retriable: false })
        const fetched = await look(log, { ...where, offset: 2 })
        expect(fetched.startOffset).toBe(2)
        expect(texts(fetched.records)).toEqual(['c', 'd'])
      },
      timeoutMs,
    )

    test(
      'a position behind the end is data loss: the topic was made anew',
      async () => {
        const where = { topic: await newTopic(), partition: 0 }
        await withWriter(`${where.topic}-w`, (writer) => writer.commit({ records: [textRecord(where, 'a')] }))
        await readAll(log, where)
        await expect(look(log, { ...where, offset: 3 })).rejects.toMatchObject({ code: 'DATA_LOSS' })
      },
      timeoutMs,
    )

    test(
      'the bounds of an empty partition are equal',
      async () => {
        const where = { topic: await newTopic(), partition: 2 }
        expect((await log.bounds([where])).get(partitionKey(where))).toEqual({ start: 0, end: 0 })
      },
      timeoutMs,
    )

    type Joined = { readonly assignments: Assignment[]; current(): readonly number[]; leave(): Promise<void> }

    async function join(group: string, topics: readonly string[], mode: AssignmentMode): Promise<Joined> {
      const assignments: Assignment[] = []
      const membership = log.membership(group, topics, mode)
      await membership.start(
        (assignment) => assignments.push(assignment),
        (error) => {
          throw error
        },
      )
      return { assignments, current: () => assignments.at(-1)?.partitions ?? [], leave: () => membership.stop() }
    }

    test(
      'each partition of all topics read together has one member, and a member keeps its share when another joins',
      async () => {
        const topics = [await newTopic(), await newTopic()]
        const group = `${topics[0]}-g`
        const first = await join(group, topics, 'co-partitioned')
        await waitUntil('the first member to have everything', () => first.current().length === 3, timeoutMs)
        const second = await join(group, topics, 'co-partitioned')
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
        const topic = await newTopic()
        const first = await join(`${topic}-g`, [topic], 'all-to-one')
        await waitUntil('the first member to have everything', () => first.current().length === 3, timeoutMs)
        const second = await join(`${topic}-g`, [topic], 'all-to-one')
        await waitUntil('the second member to be told', () => second.assignments.length > 0, timeoutMs)
        expect(second.current()).toEqual([])
        expect(first.current()).toEqual([0, 1, 2])
        await first.leave()
        await waitUntil('the second member to take over', () => second.current().length === 3, timeoutMs)
        await second.leave()
      },
      timeoutMs,
    )

    if (!openTransactions) return

    test(
      'no record of an aborted transaction is delivered, from whatever offset two interleaved ones are read',
      async () => {
        const where = { topic: await newTopic(), partition: 0 }
        const a = await outside(`${where.topic}-a`)
        const b = await outside(`${where.topic}-b`)
        await a.send([textRecord(where, 'a0')])
        await b.send([textRecord(where, 'b1')])
        await a.send([textRecord(where, 'a2')])
        await b.send([textRecord(where, 'b3')])
        // In the order in which kafkajs's own filter fails: the transaction that began later is aborted first.
        await b.abort()
        await a.abort()
        await withWriter(`${where.topic}-w`, (writer) => writer.commit({ records: [textRecord(where, 'kept')] }))
        for (let offset = 0; offset <= 6; offset += 1) {
          expect(texts(await readAll(log, where, offset))).toEqual(['kept'])
        }
      },
      timeoutMs,
    )

    test(
      'a committed transaction within the span of an aborted one is delivered whole',
      async () => {
        const where = { topic: await newTopic(), partition: 0 }
        const a = await outside(`${where.topic}-a`)
        const b = await outside(`${where.topic}-b`)
        await a.send([textRecord(where, 'a0')])
        await b.send([textRecord(where, 'b1')])
        await a.send([textRecord(where, 'a2')])
        await b.send([textRecord(where, 'b3')])
        await b.commit()
        await a.send([textRecord(where, 'a5')])
        await a.abort()
        expect(texts(await readAll(log, where))).toEqual(['b1', 'b3'])
      },
      timeoutMs,
    )

    test(
      'an open transaction holds back what is delivered, but not what counts as the end',
      async () => {
        const where = { topic: await newTopic(), partition: 0 }
        await withWriter(`${where.topic}-w`, (writer) => writer.commit({ records: [textRecord(where, 'done')] }))
        await readAll(log, where)
        const open = await outside(`${where.topic}-open`)
        await open.send([textRecord(where, 'pending')])
        await withWriter(`${where.topic}-w2`, (writer) => writer.commit({ records: [textRecord(where, 'behind it')] }))
        await waitUntil('the control record of the second commit', async () => {
          const bounds = await log.bounds([where])
          return bounds.get(partitionKey(where))?.end === 5
        })
        const held = await look(log, { ...where, offset: 0 })
        expect(texts(held.records)).toEqual(['done'])
        expect(held).toMatchObject({ stableOffset: 2, endOffset: 5 })
        expect(await look(log, { ...where, offset: 2 })).toMatchObject({ records: [], nextOffset: 2 })
        await open.commit()
        expect(texts(await readAll(log, where))).toEqual(['done', 'pending', 'behind it'])
      },
      timeoutMs,
    )

    test(
      'a new writer ends what its predecessor left open, so that readers go on',
      async () => {
        const where = { topic: await newTopic(), partition: 0 }
        const id = `${where.topic}-w`
        await withWriter(id, async (writer) => {
          subject.failNextCommit('before')
          await expect(writer.commit({ records: [textRecord(where, 'left open')] })).rejects.toThrow()
        })
        const held = await look(log, { ...where, offset: 0 })
        expect(held.stableOffset).toBeLessThan(held.endOffset)
        await withWriter(id, async () => undefined)
        expect(texts(await readAll(log, where))).toEqual([])
      },
      timeoutMs,
    )
  })
}
