import { expect, test } from '@jest/globals'
import { drained, readLags } from '../../cli/drain.ts'
import { LogUnavailableError } from '../../streams/errors.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import type { Log } from '../../streams/port.ts'

const definitions = [{ name: 'engine', inputs: ['tape'] }] as const

/** A log that does not answer the first so many questions about positions. */
function failing(times: number, error: Error): { log: Log; asked: () => number } {
  const memory = new MemoryLog({ partitions: 1 })
  let asked = 0
  const log: Log = {
    reader: () => memory.reader(),
    writer: (id) => memory.writer(id),
    membership: (group, topics, mode) => memory.membership(group, topics, mode),
    notes: (group, partitions) => memory.notes(group, partitions),
    bounds: (partitions) => memory.bounds(partitions),
    close: () => memory.close(),
    committed: async (group, partitions) => {
      asked += 1
      if (asked <= times) throw error
      return memory.committed(group, partitions)
    },
  }
  return { log, asked: () => asked }
}

const electing = new LogUnavailableError('Reading the committed positions of engine', 'no coordinator yet')

test('a log that does not answer yet is asked again', async () => {
  const { log, asked } = failing(2, electing)
  await drained({ log, definitions, partitions: 1, stallMs: 60_000 })
  expect(asked()).toBe(4)
})

test('a log that does not answer for too long is not waited for', async () => {
  const { log } = failing(Number.POSITIVE_INFINITY, electing)
  await expect(drained({ log, definitions, partitions: 1, stallMs: 300 })).rejects.toBe(electing)
})

test('an error that no waiting changes ends the wait at once', async () => {
  const error = new RangeError('no such topic')
  const { log, asked } = failing(Number.POSITIVE_INFINITY, error)
  await expect(drained({ log, definitions, partitions: 1, stallMs: 60_000 })).rejects.toBe(error)
  expect(asked()).toBe(1)
})

test('what is written while a look is under way does not count as read', async () => {
  const memory = new MemoryLog({ partitions: 1 })
  const record = (topic: string) => ({
    topic,
    partition: 0,
    key: Buffer.from('A'),
    value: Buffer.from('1'),
    timestamp: 1,
    headers: {},
  })
  memory.produce([record('market.bars')])
  const writer = await memory.writer('ingest-0')
  await writer.fence()
  // Ingest commits what it makes of the record between the two questions of a look, whichever comes first.
  let questions = 0
  const between = async <T>(answer: Promise<T>): Promise<T> => {
    const answered = await answer
    questions += 1
    const offsets = { group: 'ingest', positions: [{ topic: 'market.bars', partition: 0, offset: 1 }] }
    if (questions === 1) await writer.commit({ records: [record('tape')], offsets })
    return answered
  }
  const log: Log = {
    ...failing(0, electing).log,
    bounds: (partitions) => between(memory.bounds(partitions)),
    committed: (group, partitions) => between(memory.committed(group, partitions)),
  }
  const chain = [
    { name: 'engine', inputs: ['tape'] },
    { name: 'ingest', inputs: ['market.bars'] },
  ] as const
  const lags = await readLags({ log, definitions: chain, partitions: 1 })
  expect(lags.some(({ records }) => records > 0)).toBe(true)
})
