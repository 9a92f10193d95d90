import type { RecordCodec } from '../avro/codec.ts'
import type { TakenInput } from '../processors/processor.ts'
import { beginningMark, RenewedMark } from './beginning-mark.ts'
import { Chunk, type ChunkCounts } from './chunk.ts'
import { chunkRunner, remembers } from './chunk-runner.ts'
import type { Clock } from './clock.ts'
import type { ProcessorDefinition } from './definition.ts'
import { type Gathering, gather } from './gather.ts'
import { giveUp } from './give-up.ts'
import type { InputBuffer, InputFeed } from './input-feed.ts'
import type { DecodedInput } from './input-record.ts'
import { KeptRecords, takenInputs } from './kept-records.ts'
import { memoryOf } from './memory-fold.ts'
import { type Log, type LogWriter, type Position, partitionKey, type TopicPartition } from './port.ts'
import { restoreFold, type StateListener } from './restored-fold.ts'
import { type ChunkLimits, type FillChunk, foldRunner } from './runner.ts'
import type { SnapshotSettings } from './snapshots/snapshot-settings.ts'
import type { SnapshotWriter } from './snapshots/snapshot-writer.ts'
import { committedPositions } from './task-inputs.ts'

/** What a task is told apart by and works with. */
export type TaskOptions = StateListener & {
  readonly definition: ProcessorDefinition
  /** The partition it serves, or `all` for a fan-in task. */
  readonly partition: number | 'all'
  readonly partitions: number
  readonly runId: string
  readonly log: Log
  readonly codec: RecordCodec
  readonly feed: InputFeed
  readonly clock: Clock
  readonly limits: ChunkLimits
  readonly snapshots: SnapshotSettings
  /** Version of the software: a snapshot of another one is not gone on from. */
  readonly release: string
  /** Ends a restore under way. */
  readonly signal?: AbortSignal
  readonly isPoisoned: (record: DecodedInput) => string | undefined
  readonly onCommit?: (counts: ChunkCounts, seconds: number) => void
  /** Records wait, and these inputs have brought nothing for so many seconds (`BARRIER_STALLED`). */
  readonly onStalled?: (silent: readonly string[], seconds: number) => void
}

const idleWaitMs = 250
const idleCommitMs = 500
const stallReportMs = 60_000

/** Transactional id of a task: one per processor and partition, so that a new owner shuts the old one out. */
export function transactionalIdOf(processor: string, partition: number | 'all'): string {
  return `${processor}-${partition}`
}

function inputsOf({ definition, partition, partitions }: TaskOptions): TopicPartition[] {
  const mine = partition === 'all' ? Array.from({ length: partitions }, (_, index) => index) : [partition]
  return definition.inputs.flatMap((topic) => mine.map((each) => ({ topic, partition: each })))
}

/**
 * What runs the processor, with the state of the committed positions, and what writes snapshots of it; `audited`: its inputs as an
 * audit has found them.
 */
type Runner = {
  readonly fill: FillChunk
  readonly snapshots?: SnapshotWriter | undefined
  readonly audited?: { readonly inputs: readonly TakenInput[]; readonly kept: readonly number[] }
}

/** Makes the processor and brings its state back to the committed positions. */
async function restoredRunner(
  options: TaskOptions,
  starts: readonly Position[],
  positions: readonly Position[],
): Promise<Runner> {
  const { definition, partition, partitions, runId, isPoisoned, snapshots: settings } = options
  const context = { partition: partition === 'all' ? 0 : partition, partitions, runId }
  if (definition.kind === 'chunk') {
    const processor = await definition.create(context)
    const fill = chunkRunner(processor, isPoisoned)
    if (remembers(processor)) {
      const memory = memoryOf(definition, processor)
      const { snapshots } = await restoreFold({ ...options, definition: memory, context, starts, positions, settings })
      return { fill, snapshots }
    }
    if (!processor.audit) return { fill }
    const inputs = await takenInputs(options, definition.name, starts, positions)
    return { fill, audited: { inputs, kept: await processor.audit(inputs) } }
  }
  const { processor, snapshots } = await restoreFold({ ...options, definition, context, starts, positions, settings })
  return { fill: foldRunner(processor, isPoisoned, options.clock), snapshots }
}

/**
 * One task: a processor, its input partitions, its transactional id. The order of its opening is what makes it exact:
 * 1. fence: whoever had the transactional id is shut out, and what they left open is ended;
 * 2. read the committed positions, which nobody else can move any more;
 * 3. restore the state as it was at those positions;
 * 4. read from those positions on;
 * 5. loop: fill a chunk, commit its outputs and positions in one transaction, and with them some of a snapshot under way.
 * After any error the task is thrown away and opened again from step 1.
 */
export class Task {
  readonly id: string
  readonly #options: TaskOptions
  readonly #writer: LogWriter
  readonly #buffers: readonly InputBuffer[]
  readonly #fill: FillChunk
  readonly #snapshots: SnapshotWriter | undefined
  readonly #kept: KeptRecords | undefined
  readonly #mark: RenewedMark
  #committed: readonly number[]
  #lastWorkAt: number
  #lastCommitAt = Number.NEGATIVE_INFINITY
  #commitMillis = 0
  #last = { taken: 0, millis: 0 }
  #lastStallAt = Number.NEGATIVE_INFINITY
  #chunk: Chunk | undefined
  #stopping = false

  private constructor(options: TaskOptions, writer: LogWriter, buffers: readonly InputBuffer[], runner: Runner) {
    this.id = transactionalIdOf(options.definition.name, options.partition)
    this.#options = options
    this.#writer = writer
    this.#buffers = buffers
    this.#fill = runner.fill
    this.#snapshots = runner.snapshots
    this.#kept = runner.audited && new KeptRecords(runner.audited.inputs, runner.audited.kept, buffers)
    this.#mark = new RenewedMark(beginningMark(options.definition.name, inputsOf(options)))
    this.#committed = buffers.map(({ position }) => position)
    this.#lastWorkAt = options.clock.now()
  }

  static async open(options: TaskOptions): Promise<Task> {
    const { definition, partition, log, feed, signal } = options
    const writer = await log.writer(transactionalIdOf(definition.name, partition))
    try {
      // Whoever was told to end while it opened must not shut out or deafen the one that has begun since.
      signal?.throwIfAborted()
      await writer.fence()
      const inputs = inputsOf(options)
      const { positions, starts } = await committedPositions(log, writer, definition.name, inputs)
      const runner = await restoredRunner(options, starts, positions)
      signal?.throwIfAborted()
      return new Task(options, writer, feed.open(positions), runner)
    } catch (error) {
      await giveUp(writer)
      throw error
    }
  }

  /** Records read and not yet committed, per input. */
  get buffered(): { where: TopicPartition; records: number; caughtUp: boolean }[] {
    return this.#buffers.map(({ where, length, caughtUp }) => ({ where, records: length, caughtUp }))
  }

  /** Processes until {@link stop}; throws what stops it otherwise. The transaction under way is finished first. */
  async run(): Promise<void> {
    const { feed } = this.#options
    while (!this.#stopping) {
      const worked = await this.#step()
      if (this.#stopping) return
      if (worked) await gather(this.#gathering())
      else {
        this.#reportStall()
        await feed.changed(idleWaitMs)
      }
    }
  }

  stop(): void {
    this.#stopping = true
  }

  async close(): Promise<void> {
    this.#options.feed.release(this.#buffers)
    await giveUp(this.#writer)
  }

  #gathering(): Gathering {
    return {
      limits: this.#options.limits,
      lastCommitAt: this.#lastCommitAt,
      commitMillis: this.#commitMillis,
      last: this.#last,
      ready: () => this.#buffers.reduce((sum, { length }) => sum + length, 0),
      isStopping: () => this.#stopping,
      clock: this.#options.clock,
    }
  }

  /** Says which inputs are silent when records have waited for them too long. */
  #reportStall(): void {
    const now = this.#options.clock.now()
    const isWaiting = this.#buffers.some(({ head }) => head)
    if (!isWaiting || now - Math.max(this.#lastWorkAt, this.#lastStallAt) < stallReportMs) return
    this.#lastStallAt = now
    const silent = this.#buffers.filter(({ head }) => !head).map(({ where }) => partitionKey(where))
    this.#options.onStalled?.(silent, (now - this.#lastWorkAt) / 1000)
  }

  async #step(): Promise<boolean> {
    const { definition, limits } = this.#options
    this.#chunk ??= this.#emptyChunk()
    const chunk = this.#chunk
    const startedAt = this.#options.clock.now()
    const taken = await this.#fill(this.#buffers, chunk, limits)
    if (taken > 0) {
      this.#lastWorkAt = this.#options.clock.now()
      this.#last = { taken, millis: this.#lastWorkAt - startedAt }
    }
    const isIdle = taken === 0 && this.#options.clock.now() - this.#lastWorkAt > idleCommitMs
    // Without outputs there is no hurry: the positions go with the next outputs, or alone once there is nothing to do.
    const isDue = chunk.hasRecords || chunk.counts.taken >= limits.records || (definition.kind === 'chunk' && taken > 0)
    if (isDue || isIdle || this.#snapshots?.hasPieces) await this.#commit(chunk, startedAt)
    // Nothing taken is uncommitted then: the state is exactly that of the committed positions.
    if (!this.#chunk?.counts.taken) await this.#snapshots?.captureIfDue(this.#committedPositions())
    return taken > 0
  }

  async #commit(chunk: Chunk, startedAt: number): Promise<void> {
    // Before the commit is awaited: reading goes on during it, and what moves then is not part of it.
    const committed = this.#buffers.map(({ position }) => position)
    const snapshot = this.#snapshots?.next()
    const records = snapshot ? [...chunk.records, ...snapshot.records] : chunk.records
    const moved = this.#moved(chunk)
    const mark = this.#mark.due(this.#options.clock.now())
    const positions = [...moved, ...(snapshot?.positions ?? []), ...mark]
    if (records.length > 0 || positions.length > 0) {
      const begunAt = this.#options.clock.now()
      await this.#writer.commit({ records, offsets: { group: this.#options.definition.name, positions } })
      this.#committed = committed
      if (mark.length > 0) this.#mark.committed(begunAt)
      this.#snapshots?.committed(chunk.counts.taken)
      this.#lastCommitAt = this.#options.clock.now()
      // Pieces of a snapshot make a commit long without saying that the broker is busy.
      if (!snapshot?.records.length) this.#commitMillis = this.#lastCommitAt - begunAt
      this.#options.onCommit?.(chunk.counts, (this.#options.clock.now() - startedAt) / 1000)
    }
    this.#chunk = undefined
  }

  #emptyChunk(): Chunk {
    return new Chunk(this.#options.codec, { processor: this.#options.definition.name, runId: this.#options.runId })
  }

  #committedPositions(): Position[] {
    return this.#buffers.map(({ where }, index) => ({ ...where, offset: this.#committed[index] ?? 0 }))
  }

  /** Inputs whose position is ahead of what was committed, with the count of what was kept of them where there is one. */
  #moved(chunk: Chunk): (Position & { readonly note?: string })[] {
    const notes = this.#kept?.notesWith(chunk)
    return this.#buffers.flatMap(({ where, position }, index) => {
      if (position === this.#committed[index]) return []
      const note = notes?.[index]
      return [{ ...where, offset: position, ...(note === undefined ? {} : { note }) }]
    })
  }
}
