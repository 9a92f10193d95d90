import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ProcessorName } from '../topics/topics.ts'
import { childEnvironment } from './config.ts'

/** A process that runs one or more processors. */
export type WorkerProcess = {
  /** Its processors, with a plus between them. */
  readonly name: string
  readonly processors: readonly ProcessorName[]
  readonly pid: number
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Resolves at the first event of this name (`assigned`, `restored`, …) of one of its processors, or rejects when the process ends before. */
  event(name: string, processor?: ProcessorName): Promise<Record<string, unknown>>
  /** The events of this name so far. */
  events(name: string): Record<string, unknown>[]
  /** Resolves at the first line of output that begins so. */
  line(prefix: string): Promise<string>
  /** Asks it to end, and kills it when it has not within `withinMs`. */
  stop(withinMs?: number): Promise<void>
  kill(signal: NodeJS.Signals): void
}

/** A worker process that ended although nobody asked it to. */
export class WorkerEndedError extends Error {
  readonly code = 'WORKER_ENDED'
  readonly retriable = false
  constructor(name: string, how: number | NodeJS.Signals, logFile: string, lastWords: string) {
    super(`Worker ${name} ended (${how}): ${lastWords || 'it said nothing'}; its log is ${logFile}`)
    this.name = 'WorkerEndedError'
  }
}

const told = (event: string): string => `"event":${JSON.stringify(event)}`

const mainModule = fileURLToPath(new URL(`./main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url))

/** The command line of `barline`, from the sources (through tsx) or from `dist/`. */
export function barlineCommand(): string[] {
  return mainModule.endsWith('.ts') ? [process.execPath, '--import', 'tsx', mainModule] : [process.execPath, mainModule]
}

/**
 * How a worker is started. `command`: how `barline` is called, if not as this process was; `runs`: another name than that of its
 * processors, and the command that runs them; `onLine`: told of each line of output.
 */
export type WorkerProcessOptions = {
  readonly env: Readonly<Record<string, string>>
  readonly logDir: string
  readonly command?: readonly string[]
  readonly runs?: { readonly name: string; readonly args: readonly string[] }
  readonly onLine?: (line: string) => void
}

/**
 * V8 gives young objects 16 MB before it collects them. Records live for a chunk, which is longer: collecting it took a sixth of a
 * worker's CPU time. More room costs memory that is bounded all the same.
 */
const nodeFlags = ['--max-semi-space-size=64']

/** Starts a process of these processors. It ends when this process does, since its standard input is a pipe from here. */
export function startWorkerProcess(
  processors: ProcessorName | readonly ProcessorName[],
  options: WorkerProcessOptions,
): WorkerProcess {
  mkdirSync(options.logDir, { recursive: true })
  const names = typeof processors === 'string' ? [processors] : processors
  const { name, args: runs } = options.runs ?? { name: names.join('+'), args: ['worker', ...names] }
  const logFile = join(options.logDir, `worker-${name}.log`)
  const log = createWriteStream(logFile, { flags: 'a' })
  const [command = process.execPath, ...args] = [...(options.command ?? barlineCommand()), ...runs, '--parent-pipe']
  const flags = command === process.execPath ? nodeFlags : []
  const child = spawn(command, [...flags, ...args], {
    env: childEnvironment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  return watch(name, names, child, { log, logFile, ...(options.onLine ? { onLine: options.onLine } : {}) })
}

type Watcher = {
  readonly prefix: string
  readonly resolve: (line: string) => void
  readonly reject: (error: Error) => void
}

type Output = {
  readonly log: NodeJS.WritableStream
  readonly logFile: string
  readonly onLine?: (line: string) => void
}

function watch(
  name: string,
  processors: readonly ProcessorName[],
  child: ChildProcess,
  { log, logFile, onLine }: Output,
): WorkerProcess {
  const seen: string[] = []
  const watchers = new Set<Watcher>()
  let lastWords = ''
  child.stdin?.on('error', () => undefined)
  child.stderr?.on('data', (bytes: Buffer) => {
    lastWords = bytes.toString('utf8').trim().split('\n')[0] ?? ''
    log.write(bytes)
  })
  const lines = child.stdout && createInterface({ input: child.stdout })
  lines?.on('line', (line) => {
    log.write(`${line}\n`)
    seen.push(line)
    onLine?.(line)
    for (const watcher of [...watchers]) {
      if (!line.startsWith(watcher.prefix) && !line.includes(watcher.prefix)) continue
      watchers.delete(watcher)
      watcher.resolve(line)
    }
  })
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('error', (error) => {
      lastWords = error.message
      resolve(1)
    })
    child.once('exit', (code, signal) => resolve(signal ?? code ?? 0))
  })
  void ended.then((how) => {
    log.end()
    for (const { reject } of watchers) reject(new WorkerEndedError(name, how, logFile, lastWords))
    watchers.clear()
  })
  const line = (prefix: string): Promise<string> => {
    const earlier = seen.find((each) => each.includes(prefix))
    if (earlier !== undefined) return Promise.resolve(earlier)
    return new Promise((resolve, reject) => watchers.add({ prefix, resolve, reject }))
  }
  return {
    name,
    processors,
    pid: child.pid ?? -1,
    ended,
    line,
    event: async (event, processor) => {
      const named = processor === undefined ? '' : `"processor":${JSON.stringify(processor)},`
      return JSON.parse(await line(named + told(event))) as Record<string, unknown>
    },
    events: (event) =>
      seen.filter((each) => each.includes(told(event))).map((each) => JSON.parse(each) as Record<string, unknown>),
    async stop(withinMs = 20_000) {
      child.stdin?.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), withinMs)
      await ended
      clearTimeout(timer)
    },
    kill: (signal) => void child.kill(signal),
  }
}
