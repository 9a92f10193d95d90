import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { DataLossError, LogUnavailableError } from '../../streams/errors.ts'
import { InputBuffer, InputFeed } from '../../streams/input-feed.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import type { Fetched, Log, Position } from '../../streams/port.ts'
import { decodedInput } from './support/decoded.ts'
import { dataRecord, jsonCodec } from './support/json-codec.ts'
import { readerOnly } from './support/scripted-reader.ts'
import { waitUntil } from './support/wait-until.ts'

const left = { topic: 'left', partition: 0 }
const right = { topic: 'right', partition: 0 }
const nothing = (position: Position): Fetched => ({
  ...position,
  records: [],
  nextOffset: position.offset,
  endOffset: position.offset,
  stableOffset: position.offset,
  startOffset: 0,
})

async function withFeed(log: Log, use: (feed: InputFeed, errors: unknown[]) => Promise<void>): Promise<void> {
  const errors: unknown[] = []
  const feed = new InputFeed(log, jsonCodec(), (error) => errors.push(error))
  try {
    await use(feed, errors)
  } finally {
    await feed.close()
  }
}

function fill(topic: string, count: number): MemoryLog {
  const log = new MemoryLog({ partitions: 1 })
  log.produce(Array.from({ length: count }, (_, index) => dataRecord(topic, 0, 'k', index)))
  return log
}

describe('a buffer', () => {
  const fetched = { ...nothing({ ...left, offset: 10 }), endOffset: 12, nextOffset: 12 }

  test('stands where a restart would have to go on: at its head, or behind all that was looked at', () => {
    const buffer = new InputBuffer({ ...left, offset: 10 })
    expect(buffer.position).toBe(10)
    buffer.put(fetched, [decodedInput('left', 0, 11)], 1)
    expect(buffer.position).toBe(11)
    buffer.take()
    expect(buffer.position).toBe(12)
  })

  test('is caught up only when the last look brought nothing and reached the end', () => {
    const buffer = new InputBuffer({ ...left, offset: 10 })
    expect(buffer.caughtUp).toBe(false)
    buffer.put(fetched, [decodedInput('left', 0, 11)], 1)
    expect(buffer.caughtUp).toBe(false)
    buffer.put(fetched, [], 2)
    expect(buffer.caughtUp).toBe(true)
    buffer.put({ ...fetched, endOffset: 13 }, [], 3)
    expect(buffer.caughtUp).toBe(false)
  })

  test('tells which look brought its head and, when it is empty, which was the last', () => {
    const buffer = new InputBuffer({ ...left, offset: 10 })
    buffer.put(fetched, [decodedInput('left', 0, 10), decodedInput('left', 0, 11)], 4)
    buffer.put(fetched, [decodedInput('left', 0, 12)], 5)
    const looks: number[] = []
    for (let taken = 0; taken < 3; taken += 1) {
      looks.push(buffer.look)
      buffer.take()
    }
    buffer.put(fetched, [], 6)
    expect([...looks, buffer.look]).toEqual([4, 4, 5, 6])
  })

  test('gives its records in order, however many went through it', () => {
    const buffer = new InputBuffer({ ...left, offset: 0 })
    const taken: (number | undefined)[] = []
    for (let offset = 0; offset < 3_000; offset += 1) {
      buffer.put({ ...fetched, nextOffset: offset + 1 }, [decodedInput('left', 0, offset)], offset)
      if (offset % 3 > 0) taken.push(buffer.take()?.raw.offset)
    }
    while (buffer.length > 0) taken.push(buffer.take()?.raw.offset)
    expect(taken).toEqual(Array.from({ length: 3_000 }, (_, offset) => offset))
    expect(buffer.take()).toBeUndefined()
  })
})

describe('the feed', () => {
  test('reads from the position it was given, and stops when a buffer is full', async () => {
    await withFeed(fill('left', 9_000), async (feed) => {
      const [buffer] = feed.open([{ ...left, offset: 7 }])
      await waitUntil('a full buffer', () => buffer?.wantsMore === false)
      await sleep(50)
      expect(buffer?.head?.raw.offset).toBe(7)
      expect(buffer?.length).toBeLessThanOrEqual(2_500)
      while (buffer?.wantsMore === false) buffer.take()
      await waitUntil('more', () => buffer?.wantsMore === false)
    })
  })

  test('goes on with the other partitions when one buffer is full', async () => {
    const log = fill('left', 9_000)
    await withFeed(log, async (feed) => {
      const [full, other] = feed.open([
        { ...left, offset: 0 },
        { ...right, offset: 0 },
      ])
      await waitUntil('a full buffer', () => full?.wantsMore === false)
      log.produce([dataRecord('right', 0, 'k', 1)])
      await waitUntil('the other one', () => other?.length === 1)
    })
  })

  test('holds so many bytes at most, and an empty buffer is still filled then', async () => {
    const log = fill('left', 9_000)
    const feed = new InputFeed(log, jsonCodec(), () => undefined, { maxBytes: 30_000 })
    const [full, other] = feed.open([
      { ...left, offset: 0 },
      { ...right, offset: 0 },
    ])
    await waitUntil('many bytes', () => (full?.bytes ?? 0) > 30_000)
    await sleep(50)
    const { length, bytes } = full ?? { length: 0, bytes: 0 }
    expect(length).toBeLessThan(1_100)
    log.produce([dataRecord('right', 0, 'k', 1)])
    await waitUntil('the other one', () => other?.length === 1)
    expect([full?.length, full?.bytes]).toEqual([length, bytes])
    while (full?.head) full.take()
    expect(full?.bytes).toBe(0)
    await waitUntil('more', () => (full?.bytes ?? 0) > 30_000)
    await feed.close()
  })

  test('changes all partitions of a round at once, after all of them are decoded', async () => {
    const log = readerOnly(async (positions) => {
      await sleep(1)
      return positions.map((position) =>
        position.offset > 0
          ? nothing(position)
          : {
              ...nothing(position),
              records: [{ offset: 0, timestamp: 0, key: null, value: Buffer.from(position.topic), headers: [] }],
              nextOffset: 1,
              endOffset: 1,
            },
      )
    })
    let learned = () => {}
    const learning = new Promise<void>((resolve) => {
      learned = resolve
    })
    const slow = {
      ...jsonCodec(),
      decode: (_topic: string, bytes: Buffer | null) => {
        if (String(bytes) === 'right' && !isLearned) return { kind: 'unknown-id' as const, schemaId: 7 }
        return { kind: 'refused' as const, refusal: { reason: 'NOT_AVRO' as const, message: '' } }
      },
      learn: () => learning,
    }
    let isLearned = false
    const feed = new InputFeed(log, slow, () => undefined)
    const [fast, waiting] = feed.open([
      { ...left, offset: 0 },
      { ...right, offset: 0 },
    ])
    await sleep(30)
    expect([fast?.length, waiting?.length]).toEqual([0, 0])
    isLearned = true
    learned()
    await waitUntil('both', () => fast?.length === 1)
    expect(waiting?.length).toBe(1)
    await feed.close()
  })

  test('waits an error out that may pass, and goes on where it was', async () => {
    let attempts = 0
    const log = readerOnly(async (positions) => {
      attempts += 1
      if (attempts <= 3) throw new LogUnavailableError('Reading', 'no leader')
      await sleep(2)
      return positions.map(nothing)
    })
    await withFeed(log, async (feed, errors) => {
      const startedAt = performance.now()
      const [buffer] = feed.open([{ ...left, offset: 5 }])
      await waitUntil('a look that works', () => buffer?.caughtUp === true)
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(50 + 100 + 200 - 20)
      expect(buffer?.position).toBe(5)
      expect(errors).toEqual([])
    })
  })

  test.each([new DataLossError(left, 1, 5), new Error('nobody knows this one')])(
    'reports what does not pass: %s',
    async (error) => {
      await withFeed(
        readerOnly(async () => {
          throw error
        }),
        async (feed, errors) => {
          feed.open([{ ...left, offset: 1 }])
          await waitUntil('the report', () => errors.length > 0)
          expect(errors[0]).toBe(error)
        },
      )
    },
  )

  test('puts nothing into a buffer that was released, not even what was under way', async () => {
    let answer: (fetched: readonly Fetched[]) => void = () => {}
    let isAsked = false
    const log = readerOnly((positions) => {
      if (isAsked) return sleep(2).then(() => positions.map(nothing))
      isAsked = true
      return new Promise((resolve) => {
        answer = resolve
      })
    })
    await withFeed(log, async (feed) => {
      const before = feed.open([{ ...left, offset: 3 }])
      await waitUntil('the question', () => isAsked)
      feed.release(before)
      const [after] = feed.open([{ ...left, offset: 1 }])
      answer([{ ...nothing({ ...left, offset: 3 }), nextOffset: 9, endOffset: 9 }])
      await waitUntil('the next round', () => after?.caughtUp === true)
      expect(after?.position).toBe(1)
      expect(before[0]?.position).toBe(3)
    })
  })

  test('tells of a change when a round ends, and else when the time is over', async () => {
    const log = readerOnly(() => new Promise(() => undefined))
    const feed = new InputFeed(log, jsonCodec(), () => undefined)
    const startedAt = performance.now()
    await feed.changed(30)
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(25)
    await withFeed(fill('left', 3), async (working) => {
      const [buffer] = working.open([{ ...left, offset: 0 }])
      await working.changed(10_000)
      expect(buffer?.length).toBe(3)
    })
  })
})
