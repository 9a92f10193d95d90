import { type Position, partitionKey, type TopicPartition } from '../port.ts'
import { bytesOf, type Generation } from './read-generations.ts'
import type { SnapshotIdentity } from './snapshot-records.ts'
import { decodeState, STATE_FORM, type State } from './state-bytes.ts'

/** Why a snapshot is not used. */
export type SnapshotFault =
  | 'OTHER_FORM'
  | 'OTHER_LAYOUT'
  | 'OTHER_DEFINITION'
  | 'OTHER_RELEASE'
  | 'FUTURE_OFFSET'
  | 'RECORDS_GONE'
  | 'DAMAGED'
  | 'UNREADABLE'

/** A snapshot that was found and is not used. */
export type IgnoredSnapshot = { readonly generation: number; readonly reason: SnapshotFault; readonly detail: string }

/** What a snapshot has to fit. */
export type SnapshotContext = {
  readonly identity: SnapshotIdentity
  /** The oldest record kept and the committed position of each input. */
  readonly starts: readonly Position[]
  readonly committed: readonly Position[]
  /** Partitions of the task's own outputs that are read behind the snapshot, with their bounds; `isState`: they hold all of its state. */
  readonly outputs: readonly (TopicPartition & {
    readonly start: number
    readonly end: number
    readonly isState: boolean
  })[]
}

/** The state of a snapshot and what it follows from, or why it is not to be used. Nothing of it is believed unchecked. */
export function usableState(
  generation: Generation,
  context: SnapshotContext,
): { readonly state: State } | { readonly ignored: IgnoredSnapshot } {
  const { manifest } = generation
  const ignored = (reason: SnapshotFault, detail: string) => {
    return { ignored: { generation: manifest.generation, reason, detail } }
  }
  const fault = identityFault(generation, context) ?? positionFault(generation, context)
  if (fault) return ignored(...fault)
  const bytes = bytesOf(generation)
  if (!bytes) return ignored('DAMAGED', `${manifest.pieces} pieces of ${manifest.bytes} bytes do not add up`)
  try {
    return { state: decodeState(bytes) }
  } catch (error) {
    return ignored('UNREADABLE', String(error))
  }
}

type Fault = readonly [SnapshotFault, string]

function identityFault({ manifest }: Generation, { identity }: SnapshotContext): Fault | undefined {
  if (manifest.form !== STATE_FORM) return ['OTHER_FORM', `it is ${manifest.form}, this version reads ${STATE_FORM}`]
  const told = (name: keyof SnapshotIdentity) => `it is of ${manifest[name]}, this task of ${identity[name]}`
  if (manifest.layout_hash !== identity.layout_hash) return ['OTHER_LAYOUT', told('layout_hash')]
  if (manifest.definition !== identity.definition) return ['OTHER_DEFINITION', told('definition')]
  if (manifest.release !== identity.release) return ['OTHER_RELEASE', told('release')]
  return undefined
}

function positionFault({ manifest }: Generation, { starts, committed, outputs }: SnapshotContext): Fault | undefined {
  const inputs = committed.map((position, index) => ({
    where: position,
    start: starts[index]?.offset ?? 0,
    end: position.offset,
    isState: false,
  }))
  const written = outputs.map(({ start, end, isState, ...where }) => ({ where, start, end, isState }))
  for (const { where, start, end, isState } of [...inputs, ...written]) {
    const key = partitionKey(where)
    const offset = manifest.positions[key]
    if (offset === undefined) return ['OTHER_DEFINITION', `it has no position in ${key}`]
    // What the task has written does not get less, unless its topic is made anew.
    if (offset > end && isState) return ['RECORDS_GONE', `it needs ${key} up to ${offset}, which ends at ${end}`]
    if (offset > end) return ['FUTURE_OFFSET', `it is of ${key}@${offset}, which has come to ${end}`]
    if (offset < start) return ['RECORDS_GONE', `it needs ${key}@${offset}, the oldest record kept is ${start}`]
  }
  return undefined
}
