import { beforeAll, describe, expect, test } from '@jest/globals'
import type { ProcessorDefinition } from '../../../streams/definition.ts'
import type { MemoryLog } from '../../../streams/memory/memory-log.ts'
import type { Log } from '../../../streams/port.ts'
import type { SnapshotSettings } from '../../../streams/snapshots/snapshot-settings.ts'
import { withWriters } from '../support/faulty-log.ts'
import { seededRandom } from '../support/random.ts'
import { contentOf, filledLog, partitions, runToEnd, testWorker } from '../support/run-workers.ts'
import { fanInDefinition, mergeDefinition, rememberingDefinition } from '../support/small-processors.ts'

const seed = 23
const recordsPerPartition = 60
const outputs = (log: MemoryLog, { name }: ProcessorDefinition) => [
  contentOf(log, 'merged'),
  contentOf(log, `dead-letters.${name}`),
]

/** What restarts began with, and how often a snapshot that was there was not used. */
type Seen = { readonly sources: Record<string, number>; ignored: number; kills: number }

/** What a kill is seen as by the worker that it ends. */
class KilledError extends Error {
  readonly code = 'KILLED'
  readonly retriable = false
}

/** A log whose writers die at random, before or after a transaction took effect; now and then the snapshots are compacted. */
function killing(memory: MemoryLog, { name }: ProcessorDefinition, random: () => number, seen: Seen): Log {
  return withWriters(memory, (_id, writer) => ({
    fence: () => writer.fence(),
    close: () => writer.close(),
    async commit(content) {
      const [kills, before, compacts] = [random() < 0.05, random() < 0.5, random() < 0.3]
      if (kills) seen.kills += 1
      if (kills && before) throw new KilledError('before')
      await writer.commit(content)
      if (compacts) {
        for (let partition = 0; partition < partitions; partition += 1) {
          memory.compact({ topic: `snapshots.${name}`, partition })
        }
      }
      if (kills) throw new KilledError('after')
    },
  }))
}

async function run(definition: ProcessorDefinition, runSeed: number, snapshots: Partial<SnapshotSettings>) {
  const random = seededRandom(runSeed)
  const memory = filledLog(seed, recordsPerPartition)
  const seen: Seen = { sources: {}, ignored: 0, kills: 0 }
  const limits = { records: 1 + Math.floor(random() * 6), intervalMs: 1 }
  const log = killing(memory, definition, random, seen)
  const onEvent = (event: string, { source }: Record<string, unknown>) => {
    if (event === 'restored') seen.sources[String(source)] = (seen.sources[String(source)] ?? 0) + 1
    if (event === 'snapshot-ignored') seen.ignored += 1
  }
  for (;;) {
    try {
      await runToEnd(memory, [testWorker({ definition, log, limits, snapshots, onEvent })], definition)
      return { seen, outputs: outputs(memory, definition) }
    } catch (error) {
      if (!(error instanceof KilledError)) throw error
    }
  }
}

const never = { records: Number.POSITIVE_INFINITY, maxIntervalMs: Number.POSITIVE_INFINITY }

const definitions: readonly ProcessorDefinition[] = [mergeDefinition, fanInDefinition, rememberingDefinition]

describe.each(definitions)('a $kind (fan-in: $fanIn) that is killed at random', (definition) => {
  let undisturbed: string[][][]

  beforeAll(async () => {
    const memory = filledLog(seed, recordsPerPartition)
    await runToEnd(memory, [testWorker({ definition, log: memory })], definition)
    undisturbed = outputs(memory, definition)
  })

  test('writes the same records when each restart reads the log from its beginning', async () => {
    const { seen, outputs: written } = await run(definition, 1, never)
    expect(written).toEqual(undisturbed)
    expect(seen.kills).toBeGreaterThan(3)
    expect(seen.sources.snapshot).toBeUndefined()
  })

  test('writes the same records when it goes on from snapshots, whatever their rhythm and their cut', async () => {
    const runs = await Promise.all(
      Array.from({ length: 12 }, (_, index) => {
        const random = seededRandom(1_000 + index)
        return run(definition, index, {
          records: 1 + Math.floor(random() * 20),
          minIntervalMs: 0,
          maxIntervalMs: random() < 0.5 ? 0 : 1_000,
          restFactor: 0,
          pieceBytes: 8 + Math.floor(random() * 400),
          piecesPerCommit: 1 + Math.floor(random() * 3),
        })
      }),
    )
    for (const { outputs: written } of runs) expect(written).toEqual(undisturbed)
    expect(runs.reduce((sum, { seen }) => sum + seen.ignored, 0)).toBe(0)
    // Without restarts from snapshots the test would prove nothing.
    expect(runs.reduce((sum, { seen }) => sum + (seen.sources.snapshot ?? 0), 0)).toBeGreaterThan(20)
  }, 120_000)
})
