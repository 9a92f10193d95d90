import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../catalog/project-root.ts'
import type { LoadResult } from '../load/load.ts'
import { runningStack } from '../local/running-stack.ts'
import { startStack } from '../local/stack.ts'
import { publishAddresses, withdrawAddresses } from '../local/up.ts'
import type { Log } from '../streams/port.ts'
import { type ProcessorName, processorNames } from '../topics/topics.ts'
import { type Addresses, environmentFor, findAddresses } from './addresses.ts'
import { chainInputs } from './chain.ts'
import type { Config } from './config.ts'
import { connectCodec, openLog } from './connect.ts'
import { printReport } from './demo-report.ts'
import { drained } from './drain.ts'
import { exportHistory } from './export.ts'
import { type Latencies, LatencyProbe } from './latency-probe.ts'
import { loadFiles } from './load.ts'
import { provisionAll } from './provision.ts'
import { startWorkerProcess, type WorkerProcess } from './worker-processes.ts'

/** How the demo was asked to run. */
export type DemoOptions = { readonly keep?: boolean; readonly quick?: boolean }

/** What a demo run measured. */
export type DemoRun = {
  readonly load: LoadResult
  /** Seconds from the start of the load until all of it but the paced tail was scored and stored. */
  readonly bulkSeconds: number
  readonly latencies: Latencies
}

const stallMs = 60_000
/** The live tail: so many sessions, each so long after the one before it. */
const tail = { groups: 50, quickGroups: 20, intervalMs: 100 }
const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** The bars and events that ship with the project. */
export function shippedFiles(): string[] {
  return ['us-equity_splits.csv', 'us-equity_1d.csv.gz', 'us-index_1d.csv.gz'].map((name) =>
    join(projectRoot(), 'data', name),
  )
}

/** What each process runs where there are fewer cores than processors: a start costs as much as some ten thousand bars. */
const sharedProcesses: readonly (readonly ProcessorName[])[] = [
  ['ingest', 'engine'],
  ['breadth', 'features'],
  ['inference', 'blend', 'sink'],
]

/** The processors of each process on a machine of so many cores: one each, or a few together. */
export function processesFor(cores: number): readonly (readonly ProcessorName[])[] {
  return cores < processorNames.length ? sharedProcesses : processorNames.map((name) => [name])
}

/** Starts the processes of the chain. What they read may be loaded meanwhile; {@link allAssigned} says when they take part. */
export function spawnChain(config: Config, addresses: Addresses, logDir: string): WorkerProcess[] {
  const env = environmentFor(config, addresses)
  return processesFor(availableParallelism()).map((names) => startWorkerProcess(names, { env, logDir }))
}

/** Resolves when all processors have joined their groups; rejects when a process ends before. */
async function allAssigned(workers: readonly WorkerProcess[]): Promise<void> {
  await Promise.all(
    workers.flatMap((worker) => worker.processors.map((processor) => worker.event('assigned', processor))),
  )
}

/** Starts the processes of the chain; resolves when all processors have joined their groups. */
export async function startChain(config: Config, addresses: Addresses, logDir: string): Promise<WorkerProcess[]> {
  const workers = spawnChain(config, addresses, logDir)
  try {
    await allAssigned(workers)
    return workers
  } catch (error) {
    await stopChain(workers)
    throw error
  }
}

/** Stops the workers, in the order of the path of a bar. */
export async function stopChain(workers: readonly WorkerProcess[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.stop()))
}

/** Rejects when any of the workers ends. */
function anyEnds(workers: readonly WorkerProcess[]): Promise<never> {
  const failures = workers.map(({ name, ended }) =>
    ended.then((how): never => {
      throw new Error(`Worker ${name} ended (${how}); see its log`)
    }),
  )
  const first = Promise.race(failures)
  first.catch(() => undefined)
  return first
}

/** Waits until the chain has committed all there is. */
export async function chainDrained(log: Log, config: Config, failure?: Promise<never>): Promise<void> {
  await drained({
    log,
    definitions: chainInputs(),
    partitions: config.partitions,
    stallMs,
    ...(failure ? { failure } : {}),
  })
}

async function feed(
  config: Config,
  addresses: Addresses,
  workers: readonly WorkerProcess[],
  quick: boolean,
): Promise<DemoRun> {
  const log = openLog(config, addresses, 'barline-demo')
  const failure = anyEnds(workers)
  try {
    const codec = await connectCodec(config, addresses, [])
    const startedAt = performance.now()
    let bulkSeconds: number | undefined
    let probe: LatencyProbe | undefined
    const onReached = async () => {
      await chainDrained(log, config, failure)
      bulkSeconds = (performance.now() - startedAt) / 1000
      print('history is through the chain; the last sessions now arrive one by one, as they would live')
      probe = await LatencyProbe.start(log, codec, config.partitions)
    }
    const paceTail = { groups: quick ? tail.quickGroups : tail.groups, intervalMs: tail.intervalMs, onReached }
    const load = await loadFiles(shippedFiles(), config, addresses, { delayMs: 0, paceTail })
    await chainDrained(log, config, failure)
    const latencies = (await probe?.stop()) ?? {
      barToRawScore: { count: 0, p50: 0, p99: 0 },
      barrierWait: { count: 0, p50: 0, p99: 0 },
    }
    return { load, bulkSeconds: bulkSeconds ?? (performance.now() - startedAt) / 1000, latencies }
  } finally {
    await log.close()
  }
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve()))
}

/**
 * The whole chain on the shipped bars: stack, topics, workers as processes, load, and a table of what came of it. On a data
 * directory that has it all already, nothing is added. Resolves to the exit code: 0 when every stored topic has as many rows
 * as data records.
 */
export async function runDemo(config: Config, { keep = false, quick = false }: DemoOptions): Promise<number> {
  const startedAt = performance.now()
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1)
  const shared = runningStack(config.dataDir)
  const isFresh = !existsSync(join(config.dataDir, 'kafka'))
  print(
    shared
      ? `using the stack that runs on ${config.dataDir}`
      : `starting Kafka, the schema registry and ClickHouse on ${config.dataDir}${isFresh ? '' : ' (it has been used before)'}`,
  )
  const stack = shared ? undefined : await startStack({ dataDir: config.dataDir, stopOnSignals: false })
  if (stack) publishAddresses(stack)
  const interrupted = untilInterrupted()
  const addresses: Addresses = stack
    ? { brokers: stack.kafka.brokers, registryUrl: stack.registry.url, clickhouseUrl: stack.clickhouse.url }
    : findAddresses(config)
  let workers: WorkerProcess[] = []
  try {
    print(`[${seconds()} s] servers are up; creating topics, schemas and tables`)
    await provisionAll(config, addresses, print)
    workers = spawnChain(config, addresses, join(config.dataDir, 'logs'))
    print(`[${seconds()} s] ${workers.length} worker processes start: ${workers.map(({ name }) => name).join(', ')}`)
    print(`[${seconds()} s] loading the bars that ship with the project`)
    const run = feed(config, addresses, workers, quick)
    const stopped = interrupted.then(() => undefined)
    const result = await Promise.race([run, stopped])
    if (!result) {
      print('stopping ...')
      return 130
    }
    print(`[${seconds()} s] all is committed; counting`)
    const isWhole = await printReport(config, addresses, result, print)
    const exported = join(config.dataDir, 'export')
    await exportHistory('equity_daily_momentum_v1', exported, config, addresses)
    print(`the training data of the model is in ${exported}; models/README.md says how the model is made from it`)
    print(`[${seconds()} s] done`)
    if (keep) await keepRunning(addresses, config, interrupted)
    return isWhole ? 0 : 1
  } finally {
    await stopChain(workers)
    if (stack) {
      withdrawAddresses(stack)
      await stack.stop()
    }
  }
}

async function keepRunning(addresses: Addresses, config: Config, interrupted: Promise<void>): Promise<void> {
  print(`
Everything keeps running until Ctrl-C. For other commands, in another terminal:
  export BARLINE_KAFKA_BROKERS=${addresses.brokers.join(',')}
  export BARLINE_REGISTRY_URL=${addresses.registryUrl}
  export BARLINE_CLICKHOUSE_URL=${addresses.clickhouseUrl}
and for SQL: curl '${addresses.clickhouseUrl}/?database=${config.clickhouse.database}' --data-binary 'SHOW TABLES'
and for features over HTTP, with a page to look at them: barline features serve`)
  await interrupted
  print('stopping ...')
}
