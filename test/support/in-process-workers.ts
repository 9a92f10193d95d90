import { defineProcessor } from '../../cli/chain.ts'
import { connectCodec, openLog } from '../../cli/connect.ts'
import { connectClickHouse, tablesOf } from '../../cli/connect-store.ts'
import { createWorkerMetrics, type WorkerMetrics } from '../../streams/metrics.ts'
import type { Log } from '../../streams/port.ts'
import type { ChunkLimits } from '../../streams/runner.ts'
import { Worker } from '../../streams/worker.ts'
import type { ProcessorName } from '../../topics/topics.ts'
import type { Installation } from './installation.ts'

/** A worker in this process. */
export type InProcessWorker = {
  readonly worker: Worker
  readonly metrics: WorkerMetrics
  /** Rejects when the worker fails. */
  readonly failure: Promise<never>
  stop(): Promise<void>
}

/** How an in-process worker differs from that of `barline worker`. */
export type InProcessOptions = { readonly limits?: Partial<ChunkLimits>; readonly watch?: (log: Log) => Log }

/** Runs a processor in this process, over connections of its own. */
export async function startInProcess(
  { config, addresses, market }: Installation,
  name: ProcessorName,
  { limits, watch = (log) => log }: InProcessOptions = {},
): Promise<InProcessWorker> {
  const log = openLog(config, addresses, `test-${name}`)
  const client = connectClickHouse(config, addresses)
  const metrics = createWorkerMetrics(name)
  const store = async () => ({ client, tables: tablesOf(config), gaps: config.sinkGaps })
  const worker = new Worker({
    definition: await defineProcessor(name, { market, store }),
    partitions: config.partitions,
    runId: config.runId,
    log: watch(log),
    codec: await connectCodec(config, addresses),
    metrics,
    ...(limits ? { limits } : {}),
    onEvent: (event, details) => {
      if (event === 'task-failed') process.stderr.write(`${config.topicPrefix} ${event} ${JSON.stringify(details)}\n`)
    },
  })
  const failure = worker.finished.then(() => new Promise<never>(() => undefined))
  failure.catch(() => undefined)
  await worker.start()
  return {
    worker,
    metrics,
    failure,
    async stop() {
      await worker.stop()
      await Promise.all([log.close(), client.close()])
    },
  }
}

/** Runs several processors, while `during` runs, and stops them. */
export async function withWorkers<Result>(
  installation: Installation,
  workers: readonly (readonly [name: ProcessorName, options?: InProcessOptions])[],
  during: (workers: readonly InProcessWorker[], failure: Promise<never>) => Promise<Result>,
): Promise<Result> {
  const started: InProcessWorker[] = []
  try {
    for (const [name, options] of workers) started.push(await startInProcess(installation, name, options))
    return await during(started, Promise.race(started.map(({ failure }) => failure)))
  } finally {
    await Promise.all(started.map((each) => each.stop()))
  }
}

/** The sum over all labels of a counter. */
export async function counted({ registry }: WorkerMetrics, name: string): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get()
  return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0
}
