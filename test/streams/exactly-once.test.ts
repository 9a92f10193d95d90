import { describe, expect, test } from '@jest/globals'
import type { ProcessorDefinition } from '../../streams/definition.ts'
import type { MemoryLog } from '../../streams/memory/memory-log.ts'
import type { Log } from '../../streams/port.ts'
import type { ChunkLimits } from '../../streams/runner.ts'
import { type CommitFault, withCommitFaults, withSlowCommits } from './support/faulty-log.ts'
import { seededRandom } from './support/random.ts'
import { contentOf, filledLog, isCaughtUp, runToEnd, testWorker } from './support/run-workers.ts'
import { doublingDefinition, fanInDefinition, mergeDefinition } from './support/small-processors.ts'
import { waitUntil } from './support/wait-until.ts'

const seed = 11
const recordsPerPartition = 60
const outputs = (log: MemoryLog, definition: ProcessorDefinition): string[][][] => [
  contentOf(log, 'merged'),
  contentOf(log, `dead-letters.${definition.name}`),
]

type Run = {
  readonly workers: number
  readonly limits: Partial<ChunkLimits>
  /** Seed of the faults; none without. */
  readonly faultSeed?: number
}

const happened: CommitFault[] = []

/** Up to three commits of each task fail at random, before or after they took effect. */
function withRandomFaults(log: Log, faultSeed: number): Log {
  const random = seededRandom(faultSeed)
  const perTask = new Map<string, number>()
  return withCommitFaults(log, (id) => {
    const before = perTask.get(id) ?? 0
    if (before === 3 || random() < 0.5) return undefined
    perTask.set(id, before + 1)
    const fault = random() < 0.5 ? 'before' : 'after'
    happened.push(fault)
    return fault
  })
}

async function run(definition: ProcessorDefinition, { workers, limits, faultSeed }: Run): Promise<string[][][]> {
  const log = filledLog(seed, recordsPerPartition)
  const seen = faultSeed === undefined ? log : withRandomFaults(log, faultSeed)
  const members = Array.from({ length: workers }, () => testWorker({ definition, log: seen, limits }))
  await runToEnd(log, members, definition)
  return outputs(log, definition)
}

describe.each([mergeDefinition, fanInDefinition, doublingDefinition])('a $kind (fan-in: $fanIn)', (definition) => {
  let expected: string[][][]

  test('answers every record', async () => {
    expected = await run(definition, { workers: 1, limits: { records: 1_000 } })
    expect(expected.every((partitions) => partitions.every(({ length }) => length > 0))).toBe(true)
  })

  test.each([1, 3, 1_000])(
    'writes the same records in chunks of %d, whatever the number of workers',
    async (records) => {
      const runs = await Promise.all([1, 2, 4].map((workers) => run(definition, { workers, limits: { records } })))
      for (const result of runs) expect(result).toEqual(expected)
    },
  )

  test('writes the same records when commits fail at random, known to have or not to have taken effect', async () => {
    happened.length = 0
    const runs = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((faultSeed) =>
        run(definition, { workers: 1 + (faultSeed % 2), limits: { records: faultSeed * 4 }, faultSeed }),
      ),
    )
    // Without the faults that it is about, the test would prove nothing.
    expect(happened.filter((fault) => fault === 'before').length).toBeGreaterThan(2)
    expect(happened.filter((fault) => fault === 'after').length).toBeGreaterThan(2)
    for (const result of runs) expect(result).toEqual(expected)
  }, 60_000)

  test('writes the same records while workers come and go', async () => {
    const memory = filledLog(seed, recordsPerPartition)
    const log = withSlowCommits(memory, 3)
    const written = () => contentOf(memory, 'merged').reduce((sum, { length }) => sum + length, 0)
    let before = 0
    let worker = testWorker({ definition, log, limits: { records: 2 } })
    await worker.start()
    try {
      for (let round = 0; round < 3; round += 1) {
        await waitUntil('some output', () => written() > before + 10)
        before = written()
        const next = testWorker({ definition, log, limits: { records: 2 } })
        await next.start()
        await worker.stop()
        worker = next
      }
      expect(await isCaughtUp(memory, definition)).toBe(false)
      await waitUntil('the end', () => isCaughtUp(memory, definition))
    } finally {
      await worker.stop()
    }
    expect(outputs(memory, definition)).toEqual(expected)
  })
})
