import type { ProcessorDefinition } from '../../streams/definition.ts'
import type { WorkerMetrics } from '../../streams/metrics.ts'
import type { Log } from '../../streams/port.ts'
import { Worker } from '../../streams/worker.ts'
import { IgnoredSnapshots } from './ignored-snapshots.ts'
import type { Scenario } from './scenario.ts'
import type { SimulatedProcess } from './scheduler.ts'
import { SimulatedLog, type SimulatedWorld } from './simulated-log.ts'
import { MembershipLostError } from './simulated-membership.ts'

/** A worker in a simulated process of its own. */
type Member = {
  readonly process: SimulatedProcess
  readonly definition: ProcessorDefinition
  readonly log: SimulatedLog
  readonly worker: Worker
  /** Resolves when the process has ended with all that it had in memory: what it was about to do is not done any more. */
  readonly crashed: Promise<void>
  readonly crash: () => void
}

/** The workers of a history, each in a process that can end at any moment and is then replaced. */
export class Fleet {
  readonly #world: SimulatedWorld
  readonly #scenario: Scenario
  readonly #metrics: WorkerMetrics
  readonly #seen: (log: Log, world: SimulatedWorld) => Log
  readonly #report: (problem: string) => void
  #members: Member[] = []
  #stopping: Promise<unknown>[] = []
  #started = 0
  #isEnding = false

  constructor(
    world: SimulatedWorld,
    scenario: Scenario,
    metrics: WorkerMetrics,
    seen: (log: Log, world: SimulatedWorld) => Log,
    report: (problem: string) => void,
  ) {
    this.#world = world
    this.#scenario = scenario
    this.#metrics = metrics
    this.#seen = seen
    this.#report = report
  }

  get members(): readonly Member[] {
    return this.#members
  }

  start(workersEach: number): void {
    for (const definition of this.#scenario.definitions) {
      for (let index = 0; index < workersEach; index += 1) this.add(definition)
    }
  }

  add(definition: ProcessorDefinition): void {
    if (this.#isEnding) return
    this.#started += 1
    const { scheduler, faults } = this.#world
    const process: SimulatedProcess = { name: `worker-${this.#started}`, isAlive: true, stalledUntil: 0 }
    const log = new SimulatedLog(this.#world, process)
    const snapshots = {
      records: faults.between(1, 8),
      minIntervalMs: 0,
      maxIntervalMs: 400,
      restFactor: 0,
      pieceBytes: this.#scenario.pieceHundreds * faults.between(20, 200),
      piecesPerCommit: faults.between(1, 3),
    }
    const ignored = new IgnoredSnapshots()
    const worker = new Worker({
      definition,
      partitions: this.#scenario.partitions,
      runId: 'live',
      log: this.#seen(log, this.#world),
      codec: this.#scenario.codec,
      metrics: ignored.watched(this.#metrics, this.#report),
      limits: { records: faults.between(1, 6), intervalMs: faults.between(1, 30), floodMs: 50 },
      snapshots,
      clock: scheduler.clockOf(process),
      onEvent: (event, details) => {
        ignored.note(event, details)
        this.#note(event, details)
      },
    })
    let crash: () => void = () => undefined
    const crashed = new Promise<void>((resolve) => {
      crash = resolve
    })
    const member: Member = { process, definition, log, worker, crashed, crash }
    this.#members.push(member)
    worker.finished.catch((error: unknown) => {
      // What a process does whose worker cannot go on: it ends, and is started again.
      if (!(error instanceof MembershipLostError)) this.#report(`a worker stopped: ${String(error)}`)
      this.crash(member)
    })
    worker.start().catch(() => this.crash(member))
  }

  /** Ends a process with all that it has in memory; the group notices later, and another one is started. */
  crash(member: Member): void {
    if (!member.process.isAlive) return
    const { scheduler, faults } = this.#world
    member.process.isAlive = false
    member.crash()
    this.#members = this.#members.filter((each) => each !== member)
    for (const link of member.log.links) scheduler.after(faults.between(20, 800), () => link.evict())
    scheduler.after(faults.between(1, 400), () => this.add(member.definition))
  }

  /** Lets a worker finish and leave, and starts another one. */
  leave(member: Member): void {
    this.#members = this.#members.filter((each) => each !== member)
    this.#stopping.push(Promise.race([member.worker.stop(), member.crashed]))
    this.#world.scheduler.after(this.#world.faults.between(1, 400), () => this.add(member.definition))
  }

  /** Stops all workers. */
  async stop(): Promise<void> {
    this.#isEnding = true
    const left = this.#members
    this.#members = []
    await Promise.all([...this.#stopping, ...left.map(({ worker }) => worker.stop())])
  }

  #note(event: string, details: Record<string, unknown>): void {
    const { faults } = this.#world
    if (event === 'restored') faults.count(`restored from ${String(details.source)}`)
    else if (event === 'task-failed') faults.count(`task failed: ${String(details.code)}`)
    else faults.count(event)
  }
}
