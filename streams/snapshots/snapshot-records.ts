import { createHash } from 'node:crypto'
import type { RecordCodec } from '../../avro/codec.ts'
import { topics } from '../../topics/topics.ts'
import type { MemoryDefinition, ProcessorDefinition } from '../definition.ts'
import type { OutgoingRecord, TopicPartition } from '../port.ts'

const PIECE = 'barline.snapshots.SnapshotPiece'
const MANIFEST = 'barline.snapshots.SnapshotManifest'

/**
 * Generations take turns in two slots. The slot is in the key of every record, so that compaction keeps the last complete
 * generation while the next one is written over the one before it.
 */
export type Slot = 'a' | 'b'

/** A cut of the state's bytes. */
export type SnapshotPiece = { readonly generation: number; readonly piece: number; readonly payload: Buffer }

/** What the state of a snapshot belongs to: who folded it, from what, in which layout. */
export type SnapshotIdentity = {
  readonly layout_hash: string
  readonly definition: string
  readonly release: string
}

/** What makes pieces a snapshot. */
export type SnapshotManifest = SnapshotIdentity & {
  readonly generation: number
  readonly pieces: number
  readonly bytes: number
  readonly sha256: string
  readonly form: string
  /** Offset of the first record that is not in the state, by partition key. */
  readonly positions: Readonly<Record<string, number>>
}

/** Hex sha256 of what a task of this definition reads: another one cannot go on from its snapshots. */
export function definitionHash(definition: ProcessorDefinition | MemoryDefinition, partitions: number): string {
  const { name, kind, fanIn, inputs } = definition
  // A topic that was made anew has other records under the same offsets.
  const epochs = inputs.map((input) => [input, topics.find(({ id }) => id === input)?.epoch ?? 0])
  const from = kind === 'fold-from-output' ? definition.restoresFrom : null
  return createHash('sha256')
    .update(JSON.stringify([name, kind, fanIn, epochs, from, partitions]))
    .digest('hex')
}

/** Puts the records of snapshots onto one partition. */
export function snapshotEncoder(codec: RecordCodec, where: TopicPartition) {
  const record = (key: string, recordName: string, value: SnapshotPiece | SnapshotManifest): OutgoingRecord => ({
    ...where,
    key: Buffer.from(key, 'utf8'),
    value: codec.encode(where.topic, recordName, value),
    // The topic has append times: an age says something only by the clock of the broker.
    timestamp: 0,
    headers: {},
  })
  return {
    piece: (slot: Slot, piece: SnapshotPiece) => record(`${slot}.${piece.piece}`, PIECE, piece),
    manifest: (slot: Slot, manifest: SnapshotManifest) => record(`${slot}.manifest`, MANIFEST, manifest),
  }
}

/** What a record of a snapshot topic is; undefined when it is none that this version writes. */
export function readSnapshotRecord(
  key: string,
  recordName: string,
  value: unknown,
): { slot: Slot; piece?: SnapshotPiece; manifest?: SnapshotManifest } | undefined {
  const slot = key.startsWith('a.') ? 'a' : key.startsWith('b.') ? 'b' : undefined
  if (slot === undefined) return undefined
  if (recordName === PIECE) return { slot, piece: value as SnapshotPiece }
  return recordName === MANIFEST ? { slot, manifest: value as SnapshotManifest } : undefined
}
