import { setTimeout as sleep } from 'node:timers/promises'
import { createProcessMetrics } from '../serve/process-metrics.ts'
import { serveWorker } from '../serve/worker-server.ts'
import { type ProcessorName, processorNames } from '../topics/topics.ts'
import { findAddresses } from './addresses.ts'
import type { Config } from './config.ts'
import { connectCodec, openLog, type Say } from './connect.ts'
import { type HostedProcessor, hostProcessor } from './hosted-processor.ts'
import { loadMarket } from './market.ts'
import { untilAvailable } from './until-available.ts'

const stopWithinMs = 15_000

/** How `barline worker` was asked to run. */
export type WorkerCommand = { readonly host: string; readonly port: number; readonly parentPipe: boolean }

/** The processors of these names. Throws RangeError naming those there are, or one that is named twice. */
export function parseProcessorNames(texts: readonly string[]): ProcessorName[] {
  return texts.map((text, index) => {
    const found = processorNames.find((name) => name === text)
    if (!found) throw new RangeError(`No processor ${text}; there are ${processorNames.join(', ')}`)
    if (texts.indexOf(text) !== index) throw new RangeError(`${text} is named twice; a process runs a processor once`)
    return found
  })
}

/** One JSON line an event, on standard output: easy to grep, easy to ship. */
export function sayAs(processor: string): Say {
  return (event, details = {}) => {
    process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), processor, event, ...details })}\n`)
  }
}

/** Resolves when the process is asked to end: SIGINT, SIGTERM, or (with a parent's pipe on stdin) the parent's end. */
export function askedToEnd(parentPipe: boolean): Promise<string> {
  return new Promise((resolve) => {
    const end = (reason: string): void => {
      // A parent that still holds its end of the pipe would keep a process that has nothing more to do.
      if (parentPipe) process.stdin.destroy()
      resolve(reason)
    }
    process.once('SIGINT', () => end('SIGINT')).once('SIGTERM', () => end('SIGTERM'))
    if (parentPipe)
      process.stdin
        .resume()
        .once('end', () => end('parent ended'))
        .once('error', () => end('parent ended'))
  })
}

/** What a process shows of the processors in it: the state of the one that is worst off. */
function viewOf(hosted: readonly HostedProcessor[]) {
  const order = ['failed', 'stopping', 'joining', 'running']
  const ofProcess = createProcessMetrics()
  return {
    status: () => {
      const processors = hosted.map(({ worker }) => worker.status)
      const [only] = processors
      if (only && processors.length === 1) return only
      const states = processors.map(({ state }) => state)
      return { state: order.find((state) => states.some((each) => each === state)) ?? 'joining', processors }
    },
    metrics: async () =>
      (await Promise.all([ofProcess.metrics(), ...hosted.map(({ metricsText }) => metricsText())])).join('\n'),
  }
}

/**
 * Runs processors until the process is asked to end, waiting for servers that do not answer yet; then finishes the transactions
 * under way and leaves the groups. Each processor is a member of its own group with its own tasks and transactional ids, as if it
 * had the process to itself; when one cannot go on, the process ends, so that whoever watches it notices. Resolves to the exit
 * code: 0 after an orderly end, 1 when a processor could not go on (the reason is on standard error).
 */
export async function runWorkers(
  names: readonly ProcessorName[],
  config: Config,
  command: WorkerCommand,
): Promise<number> {
  const label = names.join('+')
  const say = sayAs(label)
  const ended = askedToEnd(command.parentPipe)
  const addresses = findAddresses(config)
  const log = openLog(config, addresses, `barline-${label}`, say)
  const codec = await untilAvailable(() => connectCodec(config, addresses, names), { say, ended })
  if (codec === undefined) {
    say('stopped')
    await log.close()
    return 0
  }
  const hosted: HostedProcessor[] = []
  const market = loadMarket()
  for (const name of names) {
    hosted.push(await hostProcessor(name, { config, addresses, log, codec, market, say: sayAs(name) }))
  }
  const server = await serveWorker(viewOf(hosted), command)
  for (const name of names) sayAs(name)('started', { pid: process.pid, port: server.port })
  try {
    await Promise.all(hosted.map(({ worker }) => untilAvailable(() => worker.start(), { say, ended })))
    const finished = hosted.map(({ worker }) => worker.finished.then(() => 'finished'))
    const reason = await Promise.race([ended, ...finished])
    say('stopping', { reason })
    const stops = Promise.all(hosted.map(({ worker }) => worker.stop()))
    await Promise.race([stops, sleep(stopWithinMs, undefined, { ref: false })])
    say('stopped')
    return 0
  } catch (error) {
    process.stderr.write(`${label}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 1
  } finally {
    await Promise.allSettled([server.close(), log.close(), ...hosted.map(({ close }) => close())])
  }
}
