import { join } from 'node:path'
import { type Addresses, environmentFor } from '../addresses.ts'
import type { Config } from '../config.ts'
import { startWorkerProcess, WorkerEndedError } from '../worker-processes.ts'
import { failureOf, type WorkerSet } from './worker-set.ts'

/** Starts processes that each run all processors of a replay; resolves when all have joined their groups. */
export async function startWorkerProcesses(
  config: Config,
  addresses: Addresses,
  { name, workers, batch }: { readonly name: string; readonly workers: number; readonly batch: number | undefined },
): Promise<WorkerSet> {
  const logDir = join(config.dataDir, 'logs')
  const limits = batch === undefined ? [] : ['--batch', String(batch)]
  const started = Array.from({ length: workers }, (_, index) =>
    startWorkerProcess(`replay-${name}-${index + 1}`, {
      env: environmentFor(config, addresses),
      logDir,
      runs: ['replay-worker', name, ...limits],
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
