import { createHash } from 'node:crypto'
import type { RecordCodec } from '../../avro/codec.ts'
import { type Log, partitionKey, type TopicPartition } from '../port.ts'
import type { StretchOptions } from '../stretch.ts'
import { readRange } from '../task-inputs.ts'
import { readSnapshotRecord, type Slot, type SnapshotManifest } from './snapshot-records.ts'

/** Snapshots are megabytes, and a round trip a piece would be most of the time of a restart. */
const fetchBytes = 16 * 1024 * 1024

/** A generation that has its manifest. */
export type Generation = {
  readonly slot: Slot
  readonly manifest: SnapshotManifest
  /** By place; one that is missing is not there. */
  readonly pieces: readonly (Buffer | undefined)[]
}

/** What is on a partition of a snapshot topic. */
export type FoundGenerations = {
  /** Those with a manifest, newest first. */
  readonly withManifest: readonly Generation[]
  /** The highest number used, by whatever is there; 0 = none. */
  readonly newest: number
  /** Records that no version of this software could have written so. */
  readonly foreign: number
}

type Filling = { generation: number; readonly pieces: (Buffer | undefined)[]; manifest?: SnapshotManifest }

/** Reads a partition of a snapshot topic from an offset to its end. */
export async function readGenerations(
  log: Log,
  codec: RecordCodec,
  where: TopicPartition,
  fromOffset: number | undefined,
  signal: StretchOptions['signal'],
): Promise<FoundGenerations> {
  const { start, end } = (await log.bounds([where])).get(partitionKey(where)) ?? { start: 0, end: 0 }
  const slots = new Map<Slot, Filling>()
  let newest = 0
  let foreign = 0
  const fillingOf = (slot: Slot, generation: number): Filling => {
    const known = slots.get(slot)
    if (known?.generation === generation) return known
    // What was in the slot is being written over, and so of no more use.
    const fresh: Filling = { generation, pieces: [] }
    slots.set(slot, fresh)
    newest = Math.max(newest, generation)
    return fresh
  }
  const from = fromOffset !== undefined && fromOffset >= start && fromOffset <= end ? fromOffset : start
  if (from < end) {
    const reader = await log.reader()
    try {
      const options = { maxBytes: fetchBytes, signal }
      for await (const batch of readRange(reader, codec, { ...where, offset: from }, end, options)) {
        for (const { input } of batch) {
          const read = input?.kind === 'data' ? readSnapshotRecord(input.key, input.recordName, input.value) : undefined
          if (read?.piece) fillingOf(read.slot, read.piece.generation).pieces[read.piece.piece] = read.piece.payload
          else if (read?.manifest) fillingOf(read.slot, read.manifest.generation).manifest = read.manifest
          else foreign += 1
        }
      }
    } finally {
      await reader.close()
    }
  }
  const withManifest = [...slots]
    .flatMap(([slot, { manifest, pieces }]) => (manifest ? [{ slot, manifest, pieces }] : []))
    .sort((a, b) => b.manifest.generation - a.manifest.generation)
  return { withManifest, newest, foreign }
}

/** The bytes of a generation; undefined when a piece is missing or they do not add up to what the manifest says. */
export function bytesOf({ manifest, pieces }: Generation): Buffer | undefined {
  const all: Buffer[] = []
  for (let piece = 0; piece < manifest.pieces; piece += 1) {
    const payload = pieces[piece]
    if (!payload) return undefined
    all.push(payload)
  }
  const bytes = Buffer.concat(all)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return sha256 === manifest.sha256 ? bytes : undefined
}
