import { expect, test } from '@jest/globals'
import type { TakenInput } from '../../processors/processor.ts'
import type { ChunkDefinition } from '../../streams/definition.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { dataRecord, markerRecord, unreadableRecord } from './support/json-codec.ts'
import { isCaughtUp, testWorker } from './support/run-workers.ts'
import { timeOf } from './support/small-processors.ts'
import { waitUntil } from './support/wait-until.ts'

type Seen = TakenInput & { readonly offsets: readonly number[] }

const left = { topic: 'left', partition: 0 }

/** Refuses every third time; its audits are noted, and answered as `answer` says. */
function audited(seen: Seen[], answer: (kept?: number) => number): ChunkDefinition {
  return {
    name: 'sink',
    kind: 'chunk',
    fanIn: false,
    inputs: ['left'],
    create: async () => ({
      async audit(inputs) {
        for (const input of inputs) {
          const offsets: number[] = []
          for await (const batch of input.read()) for (const { offset } of batch) offsets.push(offset)
          seen.push({ ...input, offsets })
        }
        return inputs.map(({ kept }) => answer(kept))
      },
      async applyChunk(records, emits) {
        records.forEach((record, index) => {
          if (timeOf(record) % 3 === 0) emits(index).refuse({ reason: 'ROW_REJECTED', message: '' })
        })
      },
    }),
  }
}

async function run(log: MemoryLog, definition: ChunkDefinition, seen: readonly Seen[]): Promise<void> {
  const before = seen.length
  const worker = testWorker({ definition, log, partitions: 1 })
  await worker.start()
  try {
    await Promise.race([
      waitUntil('the end', async () => seen.length > before && (await isCaughtUp(log, definition, 1))),
      worker.finished,
    ])
  } finally {
    await worker.stop()
  }
}

test('a committed position carries how many data records were kept: not markers, not what was refused', async () => {
  const log = new MemoryLog({ partitions: 1 })
  const seen: Seen[] = []
  const definition = audited(seen, (kept = 0) => kept)
  log.produce([dataRecord('left', 0, 'k', 1), markerRecord('left', 0, 2), unreadableRecord('left', 0, 3)])
  await run(log, definition, seen)
  log.produce([dataRecord('left', 0, 'k', 3), dataRecord('left', 0, 'k', 4)])
  await run(log, definition, seen)
  await run(log, definition, seen)
  expect(seen.map(({ from, to, kept, offsets }) => ({ from, to, kept, offsets }))).toEqual([
    { from: 0, to: 0, kept: 0, offsets: [] },
    { from: 0, to: 4, kept: 1, offsets: [0] },
    { from: 0, to: 7, kept: 2, offsets: [0, 5] },
  ])
})

test('nobody has counted what another tool has committed, and an audit gives the number to go on with', async () => {
  const log = new MemoryLog({ partitions: 1 })
  log.produce([dataRecord('left', 0, 'k', 1), dataRecord('left', 0, 'k', 2)])
  const tool = await log.writer('tool')
  await tool.fence()
  await tool.commit({ records: [], offsets: { group: 'sink', positions: [{ ...left, offset: 1, note: 'by hand' }] } })
  const seen: Seen[] = []
  const definition = audited(seen, (kept = 40) => kept)
  await run(log, definition, seen)
  await run(log, definition, seen)
  expect(seen.map(({ kept }) => kept)).toEqual([undefined, 41])
})
