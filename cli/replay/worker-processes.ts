import { join } from 'node:path'
import { type Addresses, environmentFor } from '../addresses.ts'
import type { Config } from '../config.ts'
import { startWorkerProcess, WorkerEndedError } from '../worker-processes.ts'
import type { ReplayOptions } from './options.ts'
import { shapeOf } from './plan.ts'
import type { Replay } from './replays.ts'
import { failureOf, type WorkerSet } from './worker-set.ts'

/** Starts processes that each run all processors of a replay; resolves when all have joined their groups. */
export async function startWorkerProcesses(
  config: Config,
  addresses: Addresses,
  { replay, workers, batch }: Pick<ReplayOptions, 'workers' | 'batch'> & { readonly replay: Replay },
): Promise<WorkerSet> {
  const processors = shapeOf(replay).processors.map(({ name }) => name)
  const logDir = join(config.dataDir, 'logs')
  const limits = batch === undefined ? [] : ['--batch', String(batch)]
  const started = Array.from({ length: workers }, (_, index) =>
    startWorkerProcess(processors, {
      env: environmentFor(config, addresses),
      logDir,
      runs: { name: `replay-${replay.name}-${index + 1}`, args: ['replay-worker', replay.name, ...limits] },
    }),
  )
  const stop = async () => void (await Promise.all(started.map((worker) => worker.stop())))
  const failure = failureOf(
    started.map(async ({ name: ended, ended: how }) => {
      throw new WorkerEndedError(ended, await how, join(logDir, `worker-${ended}.log`), '')
    }),
  )
  try {
    await Promise.race([Promise.all(started.map((worker) => worker.event('running'))), failure])
    return { failure, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
