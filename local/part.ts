import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { PartStartFailed } from './errors.ts'
import { logLength, logTail, openLog } from './log-file.ts'
import { gone, identify, isAlive, type ProcessIdentity, signal } from './process-identity.ts'

/** A command line, ready to run. */
export type Launch = { command: string; args: string[]; env?: NodeJS.ProcessEnv }

/** Where parts report their processes, so that none outlives the stack. */
export type ChildRegister = { add(child: ProcessIdentity): void; drop(child: ProcessIdentity): void }

/** What a part needs from the stack that it belongs to. */
export type PartSetting = { logFile: string; children: ChildRegister; onUnexpectedExit: (part: string) => void }

const stopWithinMs = 20_000
const healthEveryMs = 50
const addressInUse = /address already in use|EADDRINUSE/i

/** One server of the stack: a child process that is started, watched, and stopped, and for tests paused and killed. */
export abstract class Part {
  abstract readonly name: string
  protected abstract readonly startWithinMs: number
  readonly #setting: PartSetting
  #child: ProcessIdentity | undefined

  constructor(setting: PartSetting) {
    this.#setting = setting
  }

  /** Chooses ports, writes the configuration, and says what to run. */
  protected abstract prepare(): Promise<Launch>
  /** Whether the server answers. May reject; that counts as no. */
  protected abstract isHealthy(): Promise<boolean>
  /** What to tell the user about a failed start with this log; undefined if nothing is recognized. */
  protected likelyCause(log: string): string | undefined {
    if (addressInUse.test(log)) return 'another program took the port at the same moment; start again'
    if (/No space left on device/i.test(log)) return 'the disk is full'
    if (/OutOfMemoryError|Cannot allocate memory/i.test(log)) return 'too little memory is free'
    return undefined
  }

  /** The process number while it runs. */
  get pid(): number | undefined {
    return this.#child && isAlive(this.#child) ? this.#child.pid : undefined
  }

  /** Starts the server and resolves when it answers. Throws PartStartFailed. Does nothing if it already runs. */
  async start(): Promise<void> {
    if (this.pid !== undefined) return
    try {
      await this.#startOnce()
    } catch (error) {
      if (!(error instanceof Error && addressInUse.test(error.message))) throw error
      await this.#startOnce()
    }
  }

  /** Asks the server to stop, and kills it if it has not within 20 seconds. */
  async stop(): Promise<void> {
    const child = this.#child
    if (!child) return
    this.#child = undefined
    signal(child, 'SIGTERM')
    signal(child, 'SIGCONT')
    if (!(await gone(child, stopWithinMs))) signal(child, 'SIGKILL')
    await gone(child, stopWithinMs)
  }

  /** Kills the server at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child) return
    this.#child = undefined
    signal(child, 'SIGKILL')
    await gone(child, stopWithinMs)
  }

  /** Freezes the process: connections stay open and nothing is answered. */
  pause(): void {
    if (this.#child) signal(this.#child, 'SIGSTOP')
  }

  /** Lets a paused process go on. */
  resume(): void {
    if (this.#child) signal(this.#child, 'SIGCONT')
  }

  async #startOnce(): Promise<void> {
    const { logFile } = this.#setting
    const launch = await this.prepare()
    const logStart = logLength(logFile)
    const child = await this.#spawn(launch)
    const deadline = performance.now() + this.startWithinMs
    while (!(await this.isHealthy().catch(() => false))) {
      const why = !isAlive(child)
        ? 'its process ended'
        : performance.now() > deadline
          ? `it did not answer within ${this.startWithinMs / 1000} s`
          : undefined
      if (why) {
        await this.kill()
        const tail = logTail(logFile, 20, logStart)
        throw new PartStartFailed(this.name, why, logFile, tail, this.likelyCause(tail))
      }
      await new Promise((resolve) => setTimeout(resolve, healthEveryMs))
    }
  }

  // Detached, so that Ctrl-C in a terminal reaches only the stack's own process, which stops the parts in order.
  async #spawn({ command, args, env = process.env }: Launch): Promise<ProcessIdentity> {
    const { children, logFile, onUnexpectedExit } = this.#setting
    const log = openLog(logFile)
    const started = spawn(command, args, { env, detached: true, stdio: ['ignore', log, log] })
    closeSync(log)
    const pid = started.pid
    if (pid === undefined) {
      const error = await new Promise<Error>((resolve) => started.once('error', resolve))
      throw new PartStartFailed(this.name, error.message, logFile, '', undefined)
    }
    const child = identify(pid)
    children.add(child)
    this.#child = child
    started.once('exit', () => {
      children.drop(child)
      if (this.#child === child) onUnexpectedExit(this.name)
    })
    return child
  }
}
