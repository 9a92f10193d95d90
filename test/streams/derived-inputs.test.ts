import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { createOfflineCodec } from '../../avro/codec.ts'
import { type LoadedModel, loadModel } from '../../models/model-loader.ts'
import { createInference } from '../../processors/inference/inference.ts'
import type { ChunkDefinition } from '../../streams/definition.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { stitchedLog } from '../../streams/stitched-log.ts'
import { SHIPPED, WITH_DERIVED } from '../models/version-copy.ts'
import { shippedSpan } from '../support/cut-bars.ts'
import { chainPartitions as partitions, runChain } from './support/chain-in-memory.ts'
import { copyPartition } from './support/copy-partition.ts'
import { type ProcessorRun, runProcessors } from './support/run-processors.ts'
import { neverResumed, thrownAway } from './support/thrown-away.ts'

const timeoutMs = 180_000
const FEATURES = 'features.core_pack_1d'
const codec = createOfflineCodec()
const all = Array.from({ length: partitions }, (_, partition) => partition)

let chain: MemoryLog
let models: readonly LoadedModel[]
let expected: Score[]

beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'barline-derived-'))
  chain = await runChain(shippedSpan(dir, '2000-03-01', '2000-06-30'))
  rmSync(dir, { recursive: true, force: true })
  models = [await loadModel(SHIPPED), await loadModel(WITH_DERIVED)]
  const log = featuresOf(0)
  await score(log)
  expected = scoresOf(log)
}, timeoutMs)

type Score = { readonly model: string; readonly status: string; readonly place: string; readonly bytes: string }

function scoresOf(log: MemoryLog): Score[] {
  return all.flatMap((partition) =>
    log.recordsOf({ topic: 'scores.raw', partition }).flatMap(({ key, value, timestamp }) => {
      const decoded = codec.decode('scores.raw', value)
      if (decoded.kind !== 'value' || decoded.recordName !== 'barline.scores.RawScore') return []
      const { model_id, status } = decoded.value
      const place = `${partition} ${key} ${timestamp}`
      return [{ model: String(model_id), status: String(status), place, bytes: String(value?.toString('hex')) }]
    }),
  )
}

/** A log with the features of the chain, in each partition from a share of its records on. */
function featuresOf(share: number, cuts = new Map<string, number>()): MemoryLog {
  const log = new MemoryLog({ partitions })
  for (const partition of all) {
    const where = { topic: FEATURES, partition }
    const records = chain.recordsOf(where)
    const cut = Math.floor(records.length * share)
    cuts.set(`${FEATURES}[${partition}]`, records[cut]?.offset ?? 0)
    copyPartition(log, where, records.slice(cut))
  }
  return log
}

/** The shipped model and, beside it as a shadow would be, the one with derived inputs. */
const definition: ChunkDefinition = {
  name: 'inference',
  kind: 'chunk',
  fanIn: false,
  inputs: [FEATURES],
  create: async ({ runId }) => createInference({ models, runId }),
}

const score = (log: Parameters<typeof runProcessors>[0]['log'], run: ProcessorRun = {}): Promise<void> =>
  runProcessors({ log, codec, partitions, definitions: [definition] }, run)

describe('a model with derived inputs beside one without, over the features of the chain,', () => {
  test('scores once its windows are full, and changes nothing about the other', () => {
    const [champion, changes] = ['equity_daily_momentum', 'equity_daily_changes'].map((id) =>
      expected.filter(({ model }) => model === id),
    )
    expect(champion).toEqual(scoresOf(chain))
    const scored = changes?.filter(({ status }) => status === 'ok').length ?? 0
    expect(scored).toBeGreaterThan(100)
    expect((changes?.length ?? 0) - scored).toBeGreaterThan(100)
  })

  test.each([
    { workersEach: 1, records: 1 },
    { workersEach: 2, records: 17 },
  ])(
    'gives the same bytes with $workersEach workers and chunks of $records',
    async ({ workersEach, records }) => {
      const log = featuresOf(0)
      await score(log, { workersEach, limits: { records } })
      expect(scoresOf(log)).toEqual(expected)
    },
    timeoutMs,
  )

  test.each([
    { seed: 3, from: 'log' },
    { seed: 4, from: 'snapshots' },
  ] as const)(
    'gives the same bytes when tasks are thrown away and come back from the $from (seed $seed)',
    async ({ seed, from }) => {
      const log = featuresOf(0)
      const thrown = thrownAway(seed, from, [])
      await score(log, { limits: { records: 9 }, ...thrown.run })
      expect(scoresOf(log)).toEqual(expected)
      expect(thrown.happened.length).toBeGreaterThan(2)
      expect(thrown.ignored).toEqual([])
      expect(neverResumed(thrown, ['inference'])).toEqual(from === 'log' ? ['inference'] : [])
    },
    timeoutMs,
  )

  test(
    'gives the same bytes in a replay that begins in the middle',
    async () => {
      const cuts = new Map<string, number>()
      const own = featuresOf(0.6, cuts)
      await score(stitchedLog(chain, own, cuts))
      const replayed = scoresOf(own)
      const places = new Set(replayed.map(({ place }) => place))
      expect(replayed).toEqual(expected.filter(({ place }) => places.has(place)))
      expect(replayed.filter(({ status }) => status === 'ok').length).toBeGreaterThan(100)
    },
    timeoutMs,
  )

  test(
    'keeps no snapshots where no model has derived inputs',
    async () => {
      const log = featuresOf(0)
      const alone: ChunkDefinition = {
        ...definition,
        create: async ({ runId }) => createInference({ models: models.slice(0, 1), runId }),
      }
      const snapshots = { records: 1, minIntervalMs: 0, restFactor: 0 }
      await runProcessors({ log, codec, partitions, definitions: [alone] }, { snapshots })
      expect(scoresOf(log)).toEqual(scoresOf(chain))
      expect(all.flatMap((partition) => log.recordsOf({ topic: 'snapshots.inference', partition }))).toEqual([])
    },
    timeoutMs,
  )
})
