import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startWorkerProcess, type WorkerProcess } from '../../../cli/worker-processes.ts'
import type { ProcessorName } from '../../../topics/topics.ts'

/** A line that a worker printed. */
export type WorkerEvent = Readonly<Record<string, unknown>> & { readonly event: string }

/** A worker process of the fleet. */
export type Member = {
  readonly name: ProcessorName
  readonly process: WorkerProcess
  readonly events: WorkerEvent[]
  /** Set by whoever ends it on purpose: it is then not started again. */
  retired: boolean
  /** Set by whoever kills it on purpose: it is then started again, and its end is no surprise. */
  doomed: boolean
}

/** A worker that ended although nothing was done to it. */
export type Surprise = { readonly name: ProcessorName; readonly how: string }

/** How a fleet is set up. */
export type FleetOptions = {
  readonly env: Readonly<Record<string, string>>
  readonly logDir: string
  readonly say: (event: string, details?: Readonly<Record<string, unknown>>) => void
}

const startAgainMs = 300
const endsWithinMs = 45_000
const assignedWithinMs = 120_000
const pollMs = 50
const builtMain = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

/** The worker processes of a run, each started again when it ends, as a service manager would. */
export class Fleet {
  readonly #options: FleetOptions
  readonly #members = new Set<Member>()
  readonly surprises: Surprise[] = []
  #started = 0
  #isStopping = false

  constructor(options: FleetOptions) {
    this.#options = options
  }

  /** The members that run a processor, oldest first. */
  of(name: ProcessorName): Member[] {
    return [...this.#members].filter((member) => member.name === name)
  }

  get all(): Member[] {
    return [...this.#members]
  }

  /** How often members of the fleet, past ones included, have said so. */
  readonly counts = new Map<string, number>()

  start(name: ProcessorName, extraEnv: Readonly<Record<string, string>> = {}): Member {
    const { env, logDir } = this.#options
    this.#started += 1
    const events: WorkerEvent[] = []
    const process = startWorkerProcess(name, {
      env: { ...env, ...extraEnv },
      logDir: join(logDir, String(this.#started).padStart(4, '0')),
      command: [globalThis.process.execPath, builtMain],
      onLine: (line) => this.#heard(events, line),
    })
    const member: Member = { name, process, events, retired: false, doomed: false }
    this.#members.add(member)
    void process.ended.then((how) => this.#ended(member, String(how)))
    return member
  }

  /** Kills a member; another one takes its place. */
  kill(member: Member): void {
    member.doomed = true
    member.process.kill('SIGKILL')
  }

  /** Asks a member to end, and does not start it again. Resolves to how it ended: it is killed when it does not in time. */
  async retire(member: Member, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    member.retired = true
    member.process.kill(signal)
    const timer = setTimeout(() => member.process.kill('SIGKILL'), endsWithinMs)
    const how = await member.process.ended
    clearTimeout(timer)
    return how
  }

  /** Resolves at the next member of a processor that is assigned partitions and is none of these. */
  async nextAssigned(
    name: ProcessorName,
    except: readonly Member[] = [],
    withinMs = assignedWithinMs,
  ): Promise<Member> {
    const deadline = performance.now() + withinMs
    for (;;) {
      const found = this.of(name).find((member) => {
        return !except.includes(member) && member.events.some(hasPartitions)
      })
      if (found) return found
      if (performance.now() > deadline) throw new Error(`No ${name} was assigned anything within ${withinMs} ms`)
      await sleep(pollMs)
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.all.map(({ process }) => process.stop()))
  }

  #heard(events: WorkerEvent[], line: string): void {
    const said = parseEvent(line)
    if (!said) return
    events.push(said)
    const what = said.event === 'task-failed' ? `task-failed ${said.code}` : said.event
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  #ended(member: Member, how: string): void {
    this.#members.delete(member)
    const { name, doomed, retired } = member
    if (this.#isStopping || retired) return
    if (!doomed) this.surprises.push({ name, how })
    this.#options.say('worker-ended', { name, how, doomed })
    setTimeout(() => {
      if (!this.#isStopping) this.start(name)
    }, startAgainMs)
  }
}

function hasPartitions({ event, partitions }: WorkerEvent): boolean {
  return event === 'assigned' && Array.isArray(partitions) && partitions.length > 0
}

function parseEvent(line: string): WorkerEvent | undefined {
  try {
    const said: unknown = JSON.parse(line)
    return typeof said === 'object' && said !== null && 'event' in said ? (said as WorkerEvent) : undefined
  } catch {
    return undefined
  }
}
