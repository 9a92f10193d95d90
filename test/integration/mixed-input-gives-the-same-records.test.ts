import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { environmentFor } from '../../cli/addresses.ts'
import { defineProcessor } from '../../cli/chain.ts'
import { childEnvironment } from '../../cli/config.ts'
import type { TopicLine } from '../../cli/demo-report.ts'
import { barlineCommand, startWorkerProcess } from '../../cli/worker-processes.ts'
import type { ProcessorDefinition } from '../../streams/definition.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { copyPartition } from '../streams/support/copy-partition.ts'
import { runProcessors } from '../streams/support/run-processors.ts'
import { withWorkers } from '../support/in-process-workers.ts'
import { type Installation, openInstallation, openWithinMs } from '../support/installation.ts'
import { cutTime, writeMixedInput } from '../support/mixed-input.ts'
import { firstHourly, sessionAt, usualDelayMs } from '../support/mixed-market.ts'
import { countsOf, digestsOf, processed, readPartition } from '../support/topic-contents.ts'

const compared = ['indicators', 'market-state', 'features.core_pack_1d']
const chain = ['ingest', 'engine', 'breadth', 'features'] as const
const withSink = [...chain, 'sink'] as const

/** Worker processes have the instruments of the catalog, of which none trades around the clock; the last weeks will do. */
const part = { withClock: false, barsFrom: sessionAt(firstHourly - 5).openMs }

type Digests = Awaited<ReturnType<typeof digestsOf>>

let bulk: Installation
let cut: Installation
let bulkDigests: Digests
let offlineDigests: Digests
let cutDigests: Digests
let counts: ReadonlyMap<string, TopicLine>
let said: string

/** `barline load` of all files, and then the chain: processes of two processors, and one of the sink alone. */
async function runBulk(): Promise<void> {
  const { config, addresses, dir } = bulk
  const env = environmentFor(config, addresses)
  const files = writeMixedInput(dir, 'all', part)
  const [command = process.execPath, ...args] = [...barlineCommand(), 'load', ...files, '--delay', `${usualDelayMs}ms`]
  said = (await promisify(execFile)(command, args, { env: childEnvironment(env) })).stdout
  const workers = [['ingest', 'engine'] as const, ['breadth', 'features'] as const, 'sink' as const].map((names) =>
    startWorkerProcess(names, { env, logDir: join(dir, 'logs') }),
  )
  try {
    await processed(bulk, withSink)
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()))
  }
  counts = await countsOf(bulk)
  bulkDigests = await digestsOf(bulk, compared)
}

/** Two loads of what is known before and after a moment, while the chain runs in this process. */
async function runCut(): Promise<void> {
  const { dir } = cut
  const before = writeMixedInput(dir, 'before', { ...part, knownBefore: cutTime })
  const after = writeMixedInput(dir, 'after', { ...part, knownFrom: cutTime })
  const workers = chain.map((name) => [name] as const)
  await withWorkers(cut, workers, async (_, failure) => {
    await cut.load(before, { delayMs: usualDelayMs })
    await processed(cut, chain, failure)
    await cut.load(after, { delayMs: usualDelayMs })
    await processed(cut, chain, failure)
  })
  cutDigests = await digestsOf(cut, compared)
}

/** What is behind the tape, over a copy of the tape of the bulk load, without broker and registry. */
async function foldOffline(): Promise<void> {
  const { config, codec, market } = bulk
  const { partitions } = config
  const log = new MemoryLog({ partitions })
  for (let partition = 0; partition < partitions; partition += 1) {
    const records = await readPartition(bulk, 'tape', partition)
    copyPartition(
      log,
      { topic: 'tape', partition },
      records.map(({ raw }) => raw),
    )
  }
  const store = () => Promise.reject(new Error('There is no ClickHouse in memory'))
  const definitions: ProcessorDefinition[] = []
  // One after the other: Jest's module loader trips over imports that overlap.
  for (const name of ['engine', 'breadth', 'features'] as const) {
    definitions.push(await defineProcessor(name, { market, store }))
  }
  await runProcessors({ log, codec, partitions, definitions })
  offlineDigests = await digestsOf({ ...bulk, log }, compared)
}

beforeAll(async () => {
  bulk = await openInstallation('mixed-bulk', { partitions: 3 })
  cut = await openInstallation('mixed-cut', { partitions: 3 })
  await runBulk()
  await foldOffline()
  await runCut()
}, openWithinMs + 180_000)

afterAll(async () => {
  await Promise.all([bulk?.close(), cut?.close()])
})

test('`barline load` takes every line of the mixed input', () => {
  expect(said).toMatch(/^\d+ records and \d+ clock markers loaded, 0 lines refused, 0 rows had been loaded before$/m)
  expect(counts.get('dead-letters.ingest')?.dataRecords).toBe(1)
})

test.each(compared)('%s of the bulk load has the digest of a fold of the same tape in memory', (topic) => {
  expect(bulkDigests[topic]?.dataRecords).toBeGreaterThan(300)
  expect(bulkDigests[topic]).toEqual(offlineDigests[topic])
})

test.each(compared)('%s has the same digest when the input is loaded in two parts while the chain runs', (topic) => {
  expect(cutDigests[topic]).toEqual(bulkDigests[topic])
})

test('ClickHouse has a row for each data record and none twice', () => {
  expect(counts.get('market-state')?.rows).toBeGreaterThan(1_000)
  for (const [topic, { dataRecords, rows, duplicates }] of counts) {
    expect({ topic, rows, duplicates }).toEqual({ topic, rows: dataRecords, duplicates: 0 })
  }
})
