import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { environmentFor } from '../../cli/addresses.ts'
import { connectClickHouse, tablesOf } from '../../cli/connect-store.ts'
import type { TopicLine } from '../../cli/demo-report.ts'
import { startWorkerProcess, type WorkerProcess } from '../../cli/worker-processes.ts'
import { auditTables } from '../../sink/audit.ts'
import type { FaultStage } from '../../streams/fault-points.ts'
import { type ProcessorName, processorNames } from '../../topics/topics.ts'
import { shippedSpan } from '../support/cut-bars.ts'
import { type Installation, openInstallation, openWithinMs } from '../support/installation.ts'
import { countsOf, digestsOf, processed } from '../support/topic-contents.ts'

const digested = ['tape', 'indicators', 'features.core_pack_1d', 'scores.raw', 'scores']

/** Where each worker is killed, and the topic that its transaction writes. The sink has no topic: it writes dead letters. */
const deaths: Record<ProcessorName, { readonly stage: FaultStage; readonly nth: number; readonly writes: string }> = {
  ingest: { stage: 'after-send', nth: 3, writes: 'tape' },
  engine: { stage: 'after-offsets', nth: 2, writes: 'indicators' },
  breadth: { stage: 'before-send', nth: 2, writes: 'market-state' },
  features: { stage: 'after-offsets', nth: 3, writes: 'features.core_pack_1d' },
  inference: { stage: 'after-commit', nth: 2, writes: 'scores.raw' },
  blend: { stage: 'after-send', nth: 2, writes: 'scores' },
  sink: { stage: 'before-send', nth: 1, writes: 'dead-letters.sink' },
}

/** What was seen while a worker stood still inside its transaction. */
type Sighting = { readonly line: string; readonly pending: number; readonly ended: number | NodeJS.Signals }

type Outcome = {
  readonly counts: ReadonlyMap<string, TopicLine>
  readonly digests: Awaited<ReturnType<typeof digestsOf>>
}

/** Records behind the last stable offset of a topic: those of open transactions. */
async function pendingRecords({ log, config }: Installation, topic: string): Promise<number> {
  const reader = await log.reader()
  try {
    const positions = Array.from({ length: config.partitions }, (_, partition) => ({ topic, partition, offset: 0 }))
    const fetched = await reader.fetch(positions, 0)
    return fetched.reduce((sum, { endOffset, stableOffset }) => sum + endOffset - stableOffset, 0)
  } finally {
    await reader.close()
  }
}

/** One record among the bars that is not Avro: the sink writes a transaction of its own only for what it refuses. */
async function produceNoise({ config, addresses }: Installation): Promise<void> {
  const kafka = new Kafka({ brokers: [...addresses.brokers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  await producer.send({
    topic: `${config.topicPrefix}market.bars`,
    messages: Array.from({ length: config.partitions }, (_, partition) => ({
      partition,
      key: 'noise',
      value: 'no bar',
    })),
  })
  await producer.disconnect()
}

/** Workers of one installation, as processes. */
class Chain {
  readonly #installation: Installation
  readonly #running = new Map<ProcessorName, WorkerProcess>()

  constructor(installation: Installation) {
    this.#installation = installation
  }

  start(name: ProcessorName, extra: Readonly<Record<string, string>> = {}): WorkerProcess {
    const { config, addresses, dir } = this.#installation
    const env = { ...environmentFor(config, addresses), ...extra }
    const worker = startWorkerProcess(name, { env, logDir: join(dir, 'logs') })
    this.#running.set(name, worker)
    return worker
  }

  /** Starts the worker so that it stands still in a transaction, kills it there, and starts it again. */
  async killInTransaction(name: ProcessorName, whileItHangs: () => Promise<number>): Promise<Sighting> {
    const { stage, nth } = deaths[name]
    const doomed = this.start(name, { BARLINE_FAULT_POINT: `${stage}:${nth}` })
    const line = await doomed.line('fault-point ')
    const pending = await whileItHangs()
    doomed.kill('SIGKILL')
    const ended = await doomed.ended
    await this.start(name).event('assigned')
    return { line, pending, ended }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((worker) => worker.stop()))
  }
}

/** The same load for both runs: history at once, and at the end sessions one by one, so that there are many transactions. */
async function feed(installation: Installation): Promise<void> {
  const files = shippedSpan(installation.dir, '2000-03-01', '2002-03-01')
  await installation.load(files, {
    paceTail: { groups: 40, intervalMs: 25, onReached: () => produceNoise(installation) },
  })
}

async function outcomeOf(installation: Installation): Promise<Outcome> {
  await processed(installation, processorNames)
  return { counts: await countsOf(installation), digests: await digestsOf(installation, digested) }
}

let quiet: Installation
let disturbed: Installation
let undisturbedRun: Outcome
let disturbedRun: Outcome
const sightings = new Map<ProcessorName, Sighting>()
let rowsAtDeathOfSink = 0
let rowsTwiceInserted = 0

async function runUndisturbed(): Promise<void> {
  const chain = new Chain(quiet)
  try {
    for (const name of processorNames) chain.start(name)
    await feed(quiet)
    undisturbedRun = await outcomeOf(quiet)
  } finally {
    await chain.stop()
  }
}

async function runDisturbed(): Promise<void> {
  const chain = new Chain(disturbed)
  const client = connectClickHouse(disturbed.config, disturbed.addresses)
  const audits = () => auditTables(client, tablesOf(disturbed.config))
  const killed = async (name: ProcessorName, whileItHangs = () => pendingRecords(disturbed, deaths[name].writes)) => {
    sightings.set(name, await chain.killInTransaction(name, whileItHangs))
  }
  try {
    const others = processorNames.filter((name) => name !== 'sink').map((name) => killed(name))
    await Promise.all([feed(disturbed), ...others])
    // The sink comes last, so that its first chunks hold many rows beside the record that it refuses.
    await killed('sink', async () => {
      rowsAtDeathOfSink = (await audits()).reduce((sum, { records }) => sum + records, 0)
      return 0
    })
    disturbedRun = await outcomeOf(disturbed)
    rowsTwiceInserted = (await audits()).reduce((sum, { duplicatesFinal }) => sum + duplicatesFinal, 0)
  } finally {
    await chain.stop()
    await client.close()
  }
}

beforeAll(async () => {
  quiet = await openInstallation('kill-none')
  disturbed = await openInstallation('kill-all')
  await runUndisturbed()
  await runDisturbed()
}, openWithinMs + 240_000)

afterAll(async () => {
  await Promise.all([quiet?.close(), disturbed?.close()])
})

test('the undisturbed run scores bars, and stores each record once', () => {
  const { counts } = undisturbedRun
  expect(counts.get('market.bars')?.dataRecords).toBeGreaterThan(2_000)
  expect(counts.get('scores.raw')?.dataRecords).toBeGreaterThan(1_000)
  expect(counts.get('scores')?.dataRecords).toBeGreaterThan(1_000)
})

describe.each(processorNames)('%s', (name) => {
  const { stage, writes } = deaths[name]

  test(`was killed by SIGKILL at the stage ${stage} of a transaction`, () => {
    const { line, ended } = sightings.get(name) ?? {}
    expect(line).toMatch(new RegExp(`^fault-point kill-all\\.${name}-\\w+ ${stage}$`))
    expect(ended).toBe('SIGKILL')
  })

  if (stage === 'after-send' || stage === 'after-offsets') {
    test(`had records in ${writes} then that no reader could see yet`, () => {
      expect(sightings.get(name)?.pending).toBeGreaterThan(0)
    })
  }
})

test('the sink had rows in ClickHouse when it was killed whose offsets were not committed', () => {
  expect(rowsAtDeathOfSink).toBeGreaterThan(0)
})

test.each(digested)('%s has the same digest after all workers were killed as after the undisturbed run', (topic) => {
  expect(disturbedRun.digests[topic]).toEqual(undisturbedRun.digests[topic])
  expect(disturbedRun.digests[topic]?.dataRecords).toBeGreaterThan(0)
})

test('every topic has as many data records after all workers were killed as after the undisturbed run', () => {
  const dataRecords = ({ counts }: Outcome) =>
    Object.fromEntries([...counts].map(([id, line]) => [id, line.dataRecords]))
  expect(dataRecords(disturbedRun)).toEqual(dataRecords(undisturbedRun))
})

test.each(['undisturbed', 'disturbed'])(
  'after the %s run ClickHouse has a row for each record and none twice',
  (which) => {
    const { counts } = which === 'disturbed' ? disturbedRun : undisturbedRun
    // The noise among the bars is no row; it is a dead letter of the sink.
    const noise = counts.get('dead-letters.sink')?.dataRecords ?? 0
    expect(noise).toBe(quiet.config.partitions)
    for (const [topic, { dataRecords, rows, duplicates }] of counts) {
      const refused = topic === 'market.bars' ? noise : 0
      expect({ topic, rows: rows + refused, duplicates }).toEqual({ topic, rows: dataRecords, duplicates: 0 })
    }
    expect(rowsTwiceInserted).toBe(0)
  },
)
