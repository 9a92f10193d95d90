import { setTimeout as sleep } from 'node:timers/promises'
import { serveWorker } from '../serve/worker-server.ts'
import type { MissingRows } from '../sink/errors.ts'
import { createWorkerMetrics } from '../streams/metrics.ts'
import { Worker } from '../streams/worker.ts'
import { type ProcessorName, processorNames } from '../topics/topics.ts'
import { type Addresses, findAddresses } from './addresses.ts'
import { defineProcessor } from './chain.ts'
import type { Config } from './config.ts'
import { connectCodec, openLog, type Say } from './connect.ts'
import { loadMarket } from './market.ts'
import { releaseId } from './release-id.ts'
import { untilAvailable } from './until-available.ts'

const stopWithinMs = 15_000

/** How `barline worker` was asked to run. */
export type WorkerCommand = { readonly host: string; readonly port: number; readonly parentPipe: boolean }

/** The processor of this name. Throws RangeError naming those there are. */
export function parseProcessorName(text: string): ProcessorName {
  const found = processorNames.find((name) => name === text)
  if (!found) throw new RangeError(`No processor ${text}; there are ${processorNames.join(', ')}`)
  return found
}

/** One JSON line an event, on standard output: easy to grep, easy to ship. */
function sayAs(processor: string): Say {
  return (event, details = {}) => {
    process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), processor, event, ...details })}\n`)
  }
}

async function endedEarly(say: Say, log: { close(): Promise<void> }): Promise<number> {
  say('stopped')
  await log.close()
  return 0
}

/** Resolves when the process is asked to end: SIGINT, SIGTERM, or (with a parent's pipe on stdin) the parent's end. */
function askedToEnd(parentPipe: boolean): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve('SIGINT')).once('SIGTERM', () => resolve('SIGTERM'))
    if (parentPipe)
      process.stdin
        .resume()
        .once('end', () => resolve('parent ended'))
        .once('error', () => resolve('parent ended'))
  })
}

/**
 * Runs a processor until it is asked to end, waiting for servers that do not answer yet; then finishes the transactions under way and leaves its group. Resolves to the
 * exit code: 0 after an orderly end, 1 when the worker could not go on (the reason is on standard error).
 */
export async function runWorker(name: ProcessorName, config: Config, command: WorkerCommand): Promise<number> {
  const say = sayAs(name)
  const ended = askedToEnd(command.parentPipe)
  const addresses: Addresses = findAddresses(config)
  const log = openLog(config, addresses, `barline-${name}`, say)
  const codec = await untilAvailable(() => connectCodec(config, addresses), { say, ended })
  if (codec === undefined) return endedEarly(say, log)
  let closeStore = async () => {}
  const metrics = createWorkerMetrics(name)
  const definition = await defineProcessor(name, {
    market: loadMarket(),
    store: async () => {
      const { connectClickHouse, tablesOf } = await import('./connect-store.ts')
      const client = connectClickHouse(config, addresses)
      closeStore = () => client.close()
      const report = ({ offsets, ...input }: MissingRows) =>
        say('rows-read-again', { ...input, missing: offsets.length })
      return { client, tables: tablesOf(config), gaps: config.sinkGaps, report }
    },
  })
  const worker = new Worker({
    definition,
    partitions: config.partitions,
    runId: config.runId,
    snapshots: config.snapshots,
    release: releaseId(),
    log,
    codec,
    metrics,
    onEvent: say,
  })
  const server = await serveWorker(
    {
      status: () => worker.status,
      metrics: () => {
        for (const { id, buffered } of worker.status.tasks) metrics.buffered(id, buffered)
        return metrics.registry.metrics()
      },
    },
    command,
  )
  say('started', { pid: process.pid, port: server.port })
  try {
    await untilAvailable(() => worker.start(), { say, ended })
    const reason = await Promise.race([ended, worker.finished.then(() => 'finished')])
    say('stopping', { reason })
    await Promise.race([worker.stop(), sleep(stopWithinMs, undefined, { ref: false })])
    say('stopped')
    return 0
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 1
  } finally {
    await Promise.allSettled([server.close(), log.close(), closeStore()])
  }
}
