import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import type { LogRecord } from '../../streams/port.ts'
import { partitionKey } from '../../streams/port.ts'
import { stitchedLog } from '../../streams/stitched-log.ts'
import { copyPartition } from './support/copy-partition.ts'
import { contentOf, filledLog, partitions, runToEnd, testWorker } from './support/run-workers.ts'
import { mergeDefinition } from './support/small-processors.ts'

const inputs = ['left', 'right'].flatMap((topic) =>
  Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
)
const isLater = (time: number) => (record: LogRecord) => record.timestamp > time

/** A log cut at a time: what comes later is moved to a log of its own. */
function cutAt(before: MemoryLog, time: number) {
  const after = new MemoryLog({ partitions })
  const cuts = new Map<string, number>()
  for (const where of inputs) {
    const records = before.recordsOf(where)
    const first = records.find(isLater(time))
    cuts.set(partitionKey(where), first?.offset ?? (records.at(-1)?.offset ?? -1) + 1)
    copyPartition(after, where, records.filter(isLater(time)))
  }
  return { after, cuts, log: stitchedLog(before, after, cuts) }
}

describe('a log stitched to another', () => {
  test('gives what came behind the cut from the state that was before it, wherever it is and however the work is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 0, max: 80 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 3 }),
        async (seed, time, records, workers) => {
          const whole = filledLog(seed, 40)
          await runToEnd(whole, [testWorker({ definition: mergeDefinition, log: whole })], mergeDefinition)
          const before = filledLog(seed, 40)
          const { after, log } = cutAt(before, time)
          const started = Array.from({ length: workers }, () =>
            testWorker({ definition: mergeDefinition, log, limits: { records } }),
          )
          await runToEnd(log, started, mergeDefinition)
          const expected = new MemoryLog({ partitions })
          for (let partition = 0; partition < partitions; partition += 1) {
            const where = { topic: 'merged', partition }
            copyPartition(expected, where, whole.recordsOf(where).filter(isLater(time)))
          }
          expect(contentOf(after, 'merged')).toEqual(contentOf(expected, 'merged'))
          expect(contentOf(before, 'merged').flat()).toEqual([])
        },
      ),
      { numRuns: 10 },
    )
  }, 120_000)

  test('is read in one piece, with offsets that go on from the cut', async () => {
    const whole = filledLog(7, 30)
    const { log } = cutAt(filledLog(7, 30), 30)
    const [where] = inputs
    if (where === undefined) throw new Error('No inputs')
    const end = (await log.bounds([where])).get(partitionKey(where))?.end ?? 0
    const reader = await log.reader()
    const records: LogRecord[] = []
    let nextOffset = 0
    while (nextOffset < end) {
      const [fetched] = await reader.fetch([{ ...where, offset: nextOffset }], 0)
      records.push(...(fetched?.records ?? []))
      nextOffset = fetched?.nextOffset ?? end
    }
    expect(records.map(({ value }) => value?.toString())).toEqual(
      whole.recordsOf(where).map(({ value }) => value?.toString()),
    )
    const offsets = records.map(({ offset }) => offset)
    expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b))
  })

  test('keeps positions where a group has committed them, and else stands at the cut', async () => {
    const { log, cuts, after } = cutAt(filledLog(8, 30), 30)
    const [where, other] = inputs
    if (where === undefined || other === undefined) throw new Error('No inputs')
    const cut = cuts.get(partitionKey(where)) ?? 0
    expect((await log.committed('g', [where])).get(partitionKey(where))).toBe(cut)
    const writer = await log.writer('w')
    await writer.fence()
    await writer.commit({ records: [], offsets: { group: 'g', positions: [{ ...where, offset: cut + 3 }] } })
    expect((await log.committed('g', [where])).get(partitionKey(where))).toBe(cut + 3)
    expect((await after.committed('g', [where])).get(partitionKey(where))).toBe(3)
    expect((await log.committed('g', [{ topic: 'merged', partition: 0 }])).size).toBe(0)
  })
})
