import type { RecordCodec } from '../avro/codec.ts'
import { type Clock, systemClock } from './clock.ts'
import type { ProcessorDefinition } from './definition.ts'
import { codeOf, isRetriable, PartitionCountError } from './errors.ts'
import { InputFeed } from './input-feed.ts'
import type { WorkerMetrics } from './metrics.ts'
import { PoisonMemory } from './poison.ts'
import type { Assignment, Log, Membership } from './port.ts'
import type { Restoration } from './restored-fold.ts'
import type { ChunkLimits } from './runner.ts'
import { defaultSnapshotSettings, type SnapshotSettings } from './snapshots/snapshot-settings.ts'
import type { WrittenSnapshot } from './snapshots/snapshot-writer.ts'
import { Task, transactionalIdOf } from './task.ts'

/** What a worker runs and with what. */
export type WorkerOptions = {
  readonly definition: ProcessorDefinition
  readonly partitions: number
  readonly runId: string
  readonly log: Log
  readonly codec: RecordCodec
  readonly metrics: WorkerMetrics
  readonly limits?: Partial<ChunkLimits>
  readonly snapshots?: Partial<SnapshotSettings>
  /** Version of the software, for snapshots: they are good for the same one only. */
  readonly release?: string
  /** The machine's where no other is given. */
  readonly clock?: Clock
  readonly onEvent?: (event: string, details: Record<string, unknown>) => void
}

/** What a worker says of itself. */
export type WorkerStatus = {
  readonly processor: string
  readonly state: 'joining' | 'running' | 'stopping' | 'failed'
  readonly tasks: readonly {
    readonly id: string
    readonly open: boolean
    readonly buffered: number
    /** How the state came back at the last opening. */
    readonly restored?: Restoration
    /** The newest snapshot that the task has completed since. */
    readonly snapshot?: WrittenSnapshot
  }[]
}

const defaultLimits: ChunkLimits = {
  records: 1_000,
  bytes: 4_000_000,
  millis: 250,
  intervalMs: 100,
  floodMs: 1_000,
  // Commits take a fifth of a task's time then.
  commitsOfWait: 4,
}
const firstBackoffMs = 100
const maxBackoffMs = 5_000
/** A fenced task belongs to another member; opening it again at once would fence that one. The group soon tells whose it is. */
const fencedWaitMs = 6_000
/** An error that nobody has classified is tried again a few times in a row (it may be a passing one), then it stops the worker. */
const unknownFailuresBeforeStop = 5

type Slot = {
  readonly id: string
  task: Task | undefined
  /** Aborted when the task is to end, a restore under way included. */
  readonly stop: AbortController
  wake: () => void
  done: Promise<void>
  /** Whether records were taken and committed since the last failure. */
  hasProgressed: boolean
  restored?: Restoration
  snapshot?: WrittenSnapshot
}

/**
 * Runs a processor's tasks as a member of its consumer group: opens the tasks it is assigned, closes those it loses, and
 * opens again what failed. A task that it keeps over a rebalance goes on undisturbed: had anybody else had it in between,
 * that owner would have fenced it.
 */
export class Worker {
  readonly #options: WorkerOptions
  readonly #clock: Clock
  readonly #membership: Membership
  readonly #feed: InputFeed
  readonly #poison = new PoisonMemory()
  readonly #slots = new Map<number | 'all', Slot>()
  #state: WorkerStatus['state'] = 'joining'
  #fail: (error: unknown) => void = () => {}
  /** Rejects when the worker cannot go on; resolves after {@link stop}. */
  readonly finished: Promise<void>
  #finish: () => void = () => {}

  constructor(options: WorkerOptions) {
    this.#options = options
    const { definition, log, codec, clock = systemClock } = options
    this.#clock = clock
    this.finished = new Promise((resolve, reject) => {
      this.#finish = resolve
      this.#fail = (error) => {
        this.#state = 'failed'
        reject(error)
      }
    })
    // Whoever starts the worker awaits this; a failure before that must not count as unhandled.
    this.finished.catch(() => undefined)
    this.#membership = log.membership(
      definition.name,
      definition.inputs,
      definition.fanIn ? 'all-to-one' : 'co-partitioned',
    )
    this.#feed = new InputFeed(log, codec, (error) => this.#fail(error), {
      readers: definition.readers,
      clock,
      onWaiting: (error) => {
        options.metrics.waited(codeOf(error))
        options.onEvent?.('input-waiting', { code: codeOf(error), error: String(error) })
      },
    })
  }

  get status(): WorkerStatus {
    const tasks = [...this.#slots.values()].map(({ id, task, restored, snapshot }) => ({
      id,
      open: task !== undefined,
      buffered: task?.buffered.reduce((sum, { records }) => sum + records, 0) ?? 0,
      ...(restored ? { restored } : {}),
      ...(snapshot ? { snapshot } : {}),
    }))
    return { processor: this.#options.definition.name, state: this.#state, tasks }
  }

  async start(): Promise<void> {
    await this.#membership.start(
      (assignment) => this.#assigned(assignment),
      (error) => this.#fail(error),
    )
  }

  /** Finishes the transactions under way, leaves the group and closes everything. */
  async stop(): Promise<void> {
    this.#state = 'stopping'
    await this.#closeAll()
    await this.#membership.stop()
    await this.#feed.close()
    this.#finish()
  }

  #assigned({ generation, partitions }: Assignment): void {
    if (this.#state === 'stopping' || this.#state === 'failed') return
    this.#state = 'running'
    const { fanIn } = this.#options.definition
    const wanted: (number | 'all')[] = fanIn ? (partitions.length > 0 ? ['all'] : []) : [...partitions]
    this.#options.onEvent?.('assigned', { generation, partitions })
    const { definition, partitions: expected } = this.#options
    if (partitions.some((partition) => partition >= expected)) {
      this.#fail(new PartitionCountError(definition.name, partitions, expected))
      return
    }
    for (const [partition, slot] of this.#slots) {
      if (wanted.includes(partition)) continue
      this.#slots.delete(partition)
      this.#release(slot)
    }
    for (const partition of wanted) {
      const kept = this.#slots.get(partition)
      if (kept) kept.wake()
      else this.#slots.set(partition, this.#openSlot(partition))
    }
  }

  #openSlot(partition: number | 'all'): Slot {
    const id = transactionalIdOf(this.#options.definition.name, partition)
    const stop = new AbortController()
    const slot: Slot = { id, task: undefined, stop, wake: () => {}, done: Promise.resolve(), hasProgressed: false }
    slot.done = this.#runSlot(partition, slot)
    return slot
  }

  #release(slot: Slot): void {
    slot.stop.abort()
    slot.task?.stop()
    slot.wake()
  }

  async #closeAll(): Promise<void> {
    const slots = [...this.#slots.values()]
    for (const slot of slots) this.#release(slot)
    await Promise.all(slots.map(({ done }) => done))
    this.#slots.clear()
  }

  async #runSlot(partition: number | 'all', slot: Slot): Promise<void> {
    let backoffMs = firstBackoffMs
    let unknownFailures = 0
    const { signal } = slot.stop
    while (!signal.aborted) {
      const openedAt = this.#clock.now()
      try {
        await this.#runTask(partition, slot)
      } catch (error) {
        if (signal.aborted && error === signal.reason) return
        this.#options.metrics.failed(slot.id, codeOf(error))
        this.#options.onEvent?.('task-failed', { task: slot.id, code: codeOf(error), error: String(error) })
        const isPoison = this.#poison.note(error)
        const verdict = isPoison ? true : isRetriable(error)
        if (slot.hasProgressed || verdict !== undefined) unknownFailures = 0
        slot.hasProgressed = false
        if (verdict === undefined) unknownFailures += 1
        if (verdict === false || unknownFailures >= unknownFailuresBeforeStop) {
          this.#fail(error)
          return
        }
        if (this.#clock.now() - openedAt > 10 * maxBackoffMs) backoffMs = firstBackoffMs
        if (!signal.aborted && !isPoison) await this.#pause(slot, codeOf(error) === 'FENCED' ? fencedWaitMs : backoffMs)
        backoffMs = Math.min(backoffMs * 2, maxBackoffMs)
      }
    }
  }

  async #pause(slot: Slot, millis: number): Promise<void> {
    const timer = new AbortController()
    slot.wake = () => timer.abort()
    await this.#clock.sleep(millis, timer.signal)
    slot.wake = () => {}
  }

  async #runTask(partition: number | 'all', slot: Slot): Promise<void> {
    const { definition, partitions, runId, log, codec, metrics } = this.#options
    const limits = {
      ...defaultLimits,
      ...definition.limits,
      ...this.#options.limits,
    }
    const task = await Task.open({
      definition,
      partition,
      partitions,
      runId,
      log,
      codec,
      feed: this.#feed,
      clock: this.#clock,
      limits,
      snapshots: { ...defaultSnapshotSettings, ...this.#options.snapshots },
      release: this.#options.release ?? '',
      signal: slot.stop.signal,
      isPoisoned: (record) => this.#poison.verdictOn(record),
      onCommit: (counts, seconds) => {
        slot.hasProgressed ||= counts.taken > 0
        metrics.committed(slot.id, counts, seconds)
      },
      onStalled: (silent, seconds) => {
        metrics.stalled(slot.id)
        this.#options.onEvent?.('BARRIER_STALLED', { task: slot.id, silent, seconds })
      },
      onRestored: (restoration) => {
        slot.restored = restoration
        metrics.restored(slot.id, restoration)
        this.#options.onEvent?.('restored', { task: slot.id, ...restoration })
      },
      onSnapshot: (snapshot) => {
        slot.snapshot = snapshot
        metrics.snapshotWritten(slot.id, snapshot)
        this.#options.onEvent?.('snapshot', { task: slot.id, ...snapshot })
      },
      onSnapshotIgnored: (ignored) => {
        metrics.snapshotIgnored(slot.id, ignored.reason)
        this.#options.onEvent?.('snapshot-ignored', { task: slot.id, ...ignored })
      },
    })
    slot.task = task
    if (slot.stop.signal.aborted) task.stop()
    try {
      await task.run()
    } finally {
      slot.task = undefined
      await task.close()
    }
  }
}
