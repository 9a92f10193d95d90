import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Addresses, environmentFor } from '../cli/addresses.ts'
import { type Config, readConfig } from '../cli/config.ts'
import { openLog } from '../cli/connect.ts'
import { processesFor } from '../cli/demo.ts'
import { provisionAll } from '../cli/provision.ts'
import { startWorkerProcess, type WorkerProcess } from '../cli/worker-processes.ts'
import { type Stack, startStack } from '../local/stack.ts'
import type { Log } from '../streams/port.ts'
import type { ProcessorName } from '../topics/topics.ts'

/** A line of a benchmark's report. */
export const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** An embedded stack with the topics, schemas and tables of the chain, in a directory that goes with it. */
export type Bench = {
  readonly dataDir: string
  readonly stack: Stack
  readonly config: Config
  readonly addresses: Addresses
  readonly log: Log
  /** Starts a process of these processors; {@link Bench.close} stops it. */
  start(names: ProcessorName | readonly ProcessorName[]): WorkerProcess
  /** Starts these processors in as many processes as the demo would, and waits until all have joined their groups. */
  startAll(names: readonly ProcessorName[]): Promise<WorkerProcess[]>
  /** Stops what was started, and deletes what was written. */
  close(): Promise<void>
}

/** Opens a bench; `name` is part of its directory's name. */
export async function openBench(name: string): Promise<Bench> {
  const dataDir = await mkdtemp(join(tmpdir(), `barline-${name}-`))
  const stack = await startStack({ dataDir })
  const config = readConfig({ BARLINE_DATA: dataDir })
  const addresses = {
    brokers: stack.kafka.brokers,
    registryUrl: stack.registry.url,
    clickhouseUrl: stack.clickhouse.url,
  }
  const env = environmentFor(config, addresses)
  const log = openLog(config, addresses, 'bench')
  const workers: WorkerProcess[] = []
  const close = async () => {
    await Promise.all(workers.map((worker) => worker.stop()))
    await log.close()
    await stack.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    await provisionAll(config, addresses, () => undefined)
  } catch (error) {
    await close()
    throw error
  }
  const start: Bench['start'] = (names) => {
    const worker = startWorkerProcess(names, { env, logDir: join(dataDir, 'logs') })
    workers.push(worker)
    return worker
  }
  const startAll: Bench['startAll'] = async (names) => {
    const processes = processesFor(availableParallelism()).map((some) => some.filter((each) => names.includes(each)))
    const started = processes.filter((some) => some.length > 0).map(start)
    await Promise.all(started.flatMap((worker) => worker.processors.map((name) => worker.event('assigned', name))))
    return started
  }
  return { dataDir, stack, config, addresses, log, start, startAll, close }
}

/** The machine that a figure belongs to, and how busy it was. */
export function machineLine(): string {
  const load = loadavg()
    .map((each) => each.toFixed(1))
    .join(', ')
  return `${cpus().length} cores, ${cpus()[0]?.model}; Node ${process.version}; load average ${load}`
}
