import type { Processor, RestorableProcessor, TaskContext } from '../processors/processor.ts'
import { snapshotTopicId } from '../topics/topics.ts'
import type { Clock } from './clock.ts'
import type { FoldDefinition, MemoryDefinition, OutputRestoredDefinition } from './definition.ts'
import { StateLostError } from './errors.ts'
import { type Position, partitionKey } from './port.ts'
import type { Replay } from './refused-records.ts'
import { replayInputs, replayOutput } from './restore.ts'
import { type FoundGenerations, type Generation, readGenerations } from './snapshots/read-generations.ts'
import { type IgnoredSnapshot, usableState } from './snapshots/snapshot-fault.ts'
import { definitionHash, type SnapshotIdentity } from './snapshots/snapshot-records.ts'
import type { SnapshotSettings } from './snapshots/snapshot-settings.ts'
import { SnapshotWriter, type WrittenSnapshot } from './snapshots/snapshot-writer.ts'

/** How a state came back. */
export type Restoration = {
  /** What it began with: a snapshot, the oldest records of the log, or nothing, where nothing had been committed. */
  readonly source: 'snapshot' | 'log' | 'nothing'
  readonly generation: number | undefined
  readonly snapshotBytes: number
  /** Records read again behind the snapshot. */
  readonly records: number
  readonly seconds: number
}

/** Who is told of what a task does about its state. */
export type StateListener = {
  readonly onRestored?: (restoration: Restoration) => void
  readonly onSnapshot?: (snapshot: WrittenSnapshot) => void
  readonly onSnapshotIgnored?: (ignored: IgnoredSnapshot) => void
}

/** What bringing back a fold needs. */
export type RestoreOptions = Replay &
  StateListener & {
    readonly definition: FoldDefinition | OutputRestoredDefinition | MemoryDefinition
    readonly context: TaskContext
    /** The oldest record kept and the committed position of each input partition, in one order. */
    readonly starts: readonly Position[]
    readonly positions: readonly Position[]
    /** Version of the software: what another one folded is folded again. */
    readonly release: string
    readonly settings: SnapshotSettings
    readonly clock: Clock
  }

/** A fold with the state of the committed positions, and what writes its snapshots from now on. */
export type RestoredFold = { readonly processor: Processor; readonly snapshots: SnapshotWriter | undefined }

/** A new processor, and how it comes from its state at `starts` and `outputs` to the committed positions. */
type Recovery = {
  readonly processor: Processor
  replay(starts: readonly Position[], outputs: readonly Position[]): Promise<number>
}

/** A state taken from a snapshot. */
type Resumed = Recovery & { readonly generation: Generation; readonly starts: Position[]; readonly outputs: Position[] }

type Output = Position & { readonly start: number; readonly end: number; readonly isState: boolean }

const isRestorable = (processor: Processor): processor is RestorableProcessor => 'snapshot' in processor

function begin(options: RestoreOptions): Recovery {
  const { definition, context, positions } = options
  if (definition.kind === 'fold-from-output') {
    const processor = definition.create(context)
    const replay: Recovery['replay'] = async (_starts, [own]) => (own ? replayOutput(options, processor, own) : 0)
    return { processor, replay }
  }
  if (definition.kind === 'memory') {
    // It is of all records, those that were given up too, so no dead letter has to be known.
    const { memory: processor } = definition
    return { processor, replay: (starts) => replayInputs(options, processor, starts, positions, []) }
  }
  const processor = definition.create(context)
  return { processor, replay: (starts, letters) => replayInputs(options, processor, starts, positions, letters) }
}

/** What the task reads of its own outputs: all that it wrote, or the dead letters of records that it gave up. */
async function outputsOf({ definition, context, positions, log }: RestoreOptions): Promise<Output[]> {
  if (definition.kind === 'memory') return []
  const topic = definition.kind === 'fold-from-output' ? definition.restoresFrom : `dead-letters.${definition.name}`
  const partitions = definition.fanIn ? new Set(positions.map(({ partition }) => partition)) : [context.partition]
  const outputs = [...partitions].map((partition) => ({ topic, partition }))
  const bounds = await log.bounds(outputs)
  const isState = definition.kind === 'fold-from-output'
  return outputs.map((output) => {
    const { start, end } = bounds.get(partitionKey(output)) ?? { start: 0, end: 0 }
    return { ...output, offset: start, start, end, isState }
  })
}

/** The newest snapshot among these that can be used, taken into a new processor. */
function resume(
  options: RestoreOptions,
  { withManifest }: FoundGenerations,
  identity: SnapshotIdentity,
  outputs: readonly Output[],
  ignored: Map<number, IgnoredSnapshot>,
): Resumed | undefined {
  const { starts, positions } = options
  for (const generation of withManifest) {
    const { manifest } = generation
    const verdict = usableState(generation, { identity, starts, committed: positions, outputs })
    if ('ignored' in verdict) {
      ignored.set(manifest.generation, verdict.ignored)
      continue
    }
    const recovery = begin(options)
    try {
      if (isRestorable(recovery.processor)) recovery.processor.restore(verdict.state)
    } catch (error) {
      const { generation: number } = manifest
      ignored.set(number, { generation: number, reason: 'UNREADABLE', detail: String(error) })
      continue
    }
    const at = ({ topic, partition, offset }: Position): Position => {
      return { topic, partition, offset: manifest.positions[partitionKey({ topic, partition })] ?? offset }
    }
    return { ...recovery, generation, starts: starts.map(at), outputs: outputs.map(at) }
  }
  return undefined
}

/**
 * Makes a fold and brings its state to the committed positions: from the newest snapshot that fits, else an older one, else from
 * the log's beginning, and from there by reading on without emitting.
 */
export async function restoreFold(options: RestoreOptions): Promise<RestoredFold> {
  const { definition, context, starts, log, codec, settings, signal, release, clock } = options
  const startedAt = clock.now()
  const outputs = await outputsOf(options)
  const cold = begin(options)
  const report = (from: Pick<Restoration, 'source' | 'generation' | 'snapshotBytes'>, records: number) =>
    options.onRestored?.({ ...from, records, seconds: (clock.now() - startedAt) / 1000 })
  const fromLog = async () => {
    const records = await cold.replay(starts, outputs)
    report({ source: records > 0 ? 'log' : 'nothing', generation: undefined, snapshotBytes: 0 }, records)
  }
  if (!isRestorable(cold.processor)) {
    await fromLog()
    return { processor: cold.processor, snapshots: undefined }
  }
  const where = { topic: snapshotTopicId(definition.name), partition: context.partition }
  const definitionOf = definitionHash(definition, context.partitions)
  const identity = { layout_hash: cold.processor.layoutHash, definition: definitionOf, release }
  const hint = (await log.committed(definition.name, [where])).get(partitionKey(where))
  const ignored = new Map<number, IgnoredSnapshot>()
  let found = await readGenerations(log, codec, where, hint, signal)
  let resumed = resume(options, found, identity, outputs, ignored)
  if (!resumed && hint !== undefined) {
    found = await readGenerations(log, codec, where, undefined, signal)
    resumed = resume(options, found, identity, outputs, ignored)
  }
  if (found.foreign > 0) {
    const detail = `${found.foreign} records of ${partitionKey(where)} are no part of a snapshot`
    options.onSnapshotIgnored?.({ generation: 0, reason: 'UNREADABLE', detail })
  }
  for (const each of ignored.values()) {
    options.onSnapshotIgnored?.(each)
    // The log begins behind records that were read after that snapshot: it cannot tell the state either.
    if (!resumed && each.reason === 'RECORDS_GONE') throw new StateLostError(definition.name, each.detail)
  }
  if (resumed) {
    const { generation, bytes: snapshotBytes } = resumed.generation.manifest
    const records = await resumed.replay(resumed.starts, resumed.outputs)
    report({ source: 'snapshot', generation, snapshotBytes }, records)
  } else await fromLog()
  const { processor } = resumed ?? cold
  if (!isRestorable(processor)) throw new TypeError(`${definition.name} makes processors of two kinds`)
  const snapshots = new SnapshotWriter({
    processor,
    identity,
    where,
    outputs: outputs.map(({ topic, partition }) => ({ topic, partition })),
    log,
    codec,
    settings,
    newest: found.newest,
    keep: resumed?.generation.slot,
    onWritten: options.onSnapshot,
    now: clock.now,
  })
  return { processor, snapshots }
}
