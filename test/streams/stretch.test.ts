import { describe, expect, test } from '@jest/globals'
import { digestTopic } from '../../streams/digest.ts'
import { MemoryLog, type MemoryTransaction } from '../../streams/memory/memory-log.ts'
import type { OutgoingRecord } from '../../streams/port.ts'
import { readPartition, readStretch } from '../../streams/stretch.ts'
import { withLooks } from './support/watched-looks.ts'

const where = { topic: 'tape', partition: 0 }
const record = (text: string): OutgoingRecord => ({
  ...{ ...where, key: Buffer.from('IBM'), timestamp: 1, headers: {} },
  value: Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), Buffer.from(text)]),
})

/** A log whose second record stands in an open transaction, with a third behind it. */
function heldBack(): { log: MemoryLog; open: MemoryTransaction } {
  const log = new MemoryLog({ partitions: 1 })
  log.produce([record('a')])
  const open = log.begin('writer', log.fence('writer'))
  open.append([record('b')])
  log.produce([record('c')])
  return { log, open }
}

async function textsOf(batches: AsyncIterable<readonly { readonly value: Buffer | null }[]>): Promise<string[]> {
  const texts: string[] = []
  for await (const batch of batches) texts.push(...batch.map(({ value }) => String(value?.subarray(5))))
  return texts
}

describe('a stretch of a partition', () => {
  test('is read to its end, though a transaction ends after some looks that bring nothing', async () => {
    const { log, open } = heldBack()
    const watched = withLooks(log, (look) => (look === 4 ? void open.commit() : undefined))
    expect(await textsOf(readPartition(watched, where))).toEqual(['a', 'b', 'c'])
  })

  test('has no records of a transaction that is aborted in the meantime, and those behind it', async () => {
    const { log, open } = heldBack()
    const watched = withLooks(log, (look) => (look === 4 ? void open.abort() : undefined))
    expect(await textsOf(readPartition(watched, where))).toEqual(['a', 'c'])
  })

  test('is read to its end when an answer does not speak of it', async () => {
    const { log, open } = heldBack()
    open.commit()
    const watched = withLooks(log, (look) => (look < 3 ? [] : undefined))
    expect(await textsOf(readPartition(watched, where))).toEqual(['a', 'b', 'c'])
  })

  test('has only what lies before its end', async () => {
    const { log, open } = heldBack()
    open.commit()
    expect(await textsOf(readPartition(log, where, { end: 3 }))).toEqual(['a', 'b'])
    expect(await textsOf(readPartition(log, where, { start: 2 }))).toEqual(['b', 'c'])
  })

  test('is an error that names the place when nothing comes for too long', async () => {
    const { log } = heldBack()
    const reading = textsOf(readStretch(await log.reader(), { ...where, offset: 0 }, 4, { patienceMs: 20 }))
    await expect(reading).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
      retriable: true,
      message: expect.stringMatching(
        /^Reading tape\[0\] from 2 to 4 failed: nothing came for .* transaction may be open/,
      ),
    })
  })

  test('is given up when that is asked for', async () => {
    const { log } = heldBack()
    const stop = new AbortController()
    const watched = withLooks(log, (look) => (look === 3 ? void stop.abort(new Error('enough')) : undefined))
    const reader = await watched.reader()
    await expect(textsOf(readStretch(reader, { ...where, offset: 0 }, 4, { signal: stop.signal }))).rejects.toThrow(
      'enough',
    )
  })
})

test('a digest waits for a transaction that ends after the first look', async () => {
  const { log, open } = heldBack()
  const watched = withLooks(log, (look) => (look === 3 ? void open.commit() : undefined))
  const digest = await digestTopic(watched, 'tape', 1, async () => 'schema')
  expect(digest.dataRecords).toBe(3)
  expect(digest).toEqual(await digestTopic(log, 'tape', 1, async () => 'schema'))
})
