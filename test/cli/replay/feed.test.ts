import { describe, expect, test } from '@jest/globals'
import { type FeedOptions, feed } from '../../../cli/replay/feed.ts'
import { TAPE_BAR } from '../../../processors/ingest/tape-record.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import type { Log, OutgoingRecord } from '../../../streams/port.ts'
import { withWriters } from '../../streams/support/faulty-log.ts'
import { jsonCodec, markerRecord } from '../../streams/support/json-codec.ts'
import { contentOf } from '../../streams/support/run-workers.ts'

const partitions = 2
const codec = jsonCodec()

function bar(partition: number, key: string, knownAt: number): OutgoingRecord {
  const value = codec.encode('tape', TAPE_BAR, { symbol: key, ts: knownAt, known_at: knownAt })
  return { topic: 'tape', partition, key: Buffer.from(key), value, timestamp: knownAt, headers: { trace: 'x' } }
}

/** A tape of transactions of seven records, with a marker now and then; partition 1 has fewer bars. */
function tape(bars: number): MemoryLog {
  const log = new MemoryLog({ partitions })
  const records = Array.from({ length: bars }, (_, place) => {
    const knownAt = 10 * place
    if (place % 10 === 9) return [0, 1].map((partition) => markerRecord('tape', partition, knownAt))
    return [bar(place % 3 === 0 ? 1 : 0, place % 2 === 0 ? 'EVEN' : 'ODD', knownAt)]
  }).flat()
  for (let start = 0; start < records.length; start += 7) log.produce(records.slice(start, start + 7))
  return log
}

async function optionsFor(source: MemoryLog, target: Log): Promise<FeedOptions> {
  const all = [0, 1].map((partition) => ({ topic: 'tape', partition }))
  const bounds = [...(await source.bounds(all)).values()]
  const parts = all.map((where, index) => ({ ...where, start: 0, end: bounds[index]?.end ?? 0 }))
  return { source, target, codec, parts, wants: () => true }
}

describe('feeding a replay', () => {
  test('copies every record with its key, bytes, time and headers, markers included', async () => {
    const [source, target] = [tape(100), new MemoryLog({ partitions })]
    const fed = await feed(await optionsFor(source, target))
    expect(contentOf(target, 'tape', partitions)).toEqual(contentOf(source, 'tape', partitions))
    expect(fed).toEqual({ records: 110, bars: 90, found: 0 })
  })

  test('goes in the order of known_at over all partitions', async () => {
    const target = new MemoryLog({ partitions })
    const times: number[] = []
    const watched = withWriters(target, (_id, writer) => ({
      fence: () => writer.fence(),
      close: () => writer.close(),
      commit: async (content) => {
        times.push(...content.records.map(({ timestamp }) => timestamp))
        await writer.commit(content)
      },
    }))
    await feed(await optionsFor(tape(60), watched))
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times.length).toBe(66)
  })

  test.each([1, 2])(
    'goes on where one was cut off after %i transactions, and writes nothing twice',
    async (commits) => {
      const source = tape(2_500)
      const target = new MemoryLog({ partitions })
      let left = commits
      const failing = withWriters(target, (_id, writer) => ({
        fence: () => writer.fence(),
        close: () => writer.close(),
        commit: async (content) => {
          if (left === 0) throw new Error('cut off')
          left -= 1
          await writer.commit(content)
        },
      }))
      await expect(feed(await optionsFor(source, failing))).rejects.toThrow('cut off')
      const fed = await feed(await optionsFor(source, target))
      expect(fed.found).toBe(1_000 * commits)
      expect(contentOf(target, 'tape', partitions)).toEqual(contentOf(source, 'tape', partitions))
      const again = await feed(await optionsFor(source, target))
      expect(again.found).toBe(again.records)
    },
  )

  test('takes what is wanted only', async () => {
    const [source, target] = [tape(100), new MemoryLog({ partitions })]
    const wants: FeedOptions['wants'] = ({ input }) => input?.kind === 'marker' || input?.key === 'EVEN'
    const fed = await feed({ ...(await optionsFor(source, target)), wants })
    expect(fed).toEqual({ records: 70, bars: 50, found: 0 })
  })

  test('refuses topics that hold other records', async () => {
    const target = new MemoryLog({ partitions })
    target.produce([bar(0, 'ODD', 5)])
    await expect(feed(await optionsFor(tape(30), target))).rejects.toMatchObject({ code: 'REPLAY_REFUSED' })
  })

  test('refuses topics that hold more records than it is fed with', async () => {
    const [source, target] = [tape(30), new MemoryLog({ partitions })]
    await feed(await optionsFor(source, target))
    target.produce([bar(0, 'ODD', 5_000)])
    await expect(feed(await optionsFor(source, target))).rejects.toMatchObject({ code: 'REPLAY_REFUSED' })
  })

  test('is shut out by a second command that feeds the same replay', async () => {
    const [source, target] = [tape(50), new MemoryLog({ partitions })]
    const options = await optionsFor(source, target)
    const overtaken = withWriters(target, (_id, writer) => ({
      fence: () => writer.fence(),
      close: () => writer.close(),
      commit: async (content) => {
        await feed(options)
        await writer.commit(content)
      },
    }))
    await expect(feed({ ...options, target: overtaken })).rejects.toMatchObject({ code: 'FENCED' })
    expect(contentOf(target, 'tape', partitions)).toEqual(contentOf(source, 'tape', partitions))
  })

  test('stops when it is asked to', async () => {
    const [source, target] = [tape(100), new MemoryLog({ partitions })]
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(feed({ ...(await optionsFor(source, target)), signal })).rejects.toThrow('enough')
  })
})
