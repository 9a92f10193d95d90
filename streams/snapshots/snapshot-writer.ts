import { createHash, type Hash } from 'node:crypto'
import type { RecordCodec } from '../../avro/codec.ts'
import type { RestorableProcessor } from '../../processors/processor.ts'
import { type Log, type OutgoingRecord, type Position, partitionKey, type TopicPartition } from '../port.ts'
import { type Slot, type SnapshotIdentity, type SnapshotManifest, snapshotEncoder } from './snapshot-records.ts'
import type { SnapshotSettings } from './snapshot-settings.ts'
import { cutPieces, encodeState, STATE_FORM } from './state-bytes.ts'

/** A snapshot that is complete on its topic. */
export type WrittenSnapshot = {
  readonly generation: number
  readonly pieces: number
  readonly bytes: number
  /** How long the task stood still while its state was copied. */
  readonly pauseMs: number
  /** From the copy to the transaction that completed it. */
  readonly writtenInMs: number
}

/** What a {@link SnapshotWriter} works with. */
export type SnapshotWriterOptions = {
  readonly processor: RestorableProcessor
  readonly identity: SnapshotIdentity
  readonly where: TopicPartition
  /** Topics of the task's own outputs that a restart reads: where they end belongs to the state as the input positions do. */
  readonly outputs: readonly TopicPartition[]
  readonly log: Log
  readonly codec: RecordCodec
  readonly settings: SnapshotSettings
  /** The newest generation that is on the topic, complete or not, and the slot that must not be written over. */
  readonly newest: number
  readonly keep: Slot | undefined
  readonly onWritten?: ((snapshot: WrittenSnapshot) => void) | undefined
  /** Milliseconds of any clock that does not go back. */
  readonly now?: () => number
}

type UnderWay = {
  readonly generation: number
  readonly slot: Slot
  readonly pieces: Generator<Buffer>
  readonly hash: Hash
  readonly positions: Readonly<Record<string, number>>
  /** No record of the generation lies before it on the topic. */
  readonly from: number
  readonly capturedAt: number
  readonly pauseMs: number
  count: number
  bytes: number
}

const nothing = { records: [], positions: [] }

/**
 * Writes the state of a task to its snapshot topic, a few pieces with each of the task's transactions, so that what a commit costs does
 * not grow with the state. The state is copied at one moment between two transactions; its bytes are made as they are written.
 * The clock says when; what the task gives out does not depend on it.
 */
export class SnapshotWriter {
  readonly #options: SnapshotWriterOptions
  readonly #now: () => number
  readonly #encode: ReturnType<typeof snapshotEncoder>
  #generation: number
  #keep: Slot | undefined
  #underWay: UnderWay | undefined
  #completed: UnderWay | undefined
  #recordsSince = 0
  #rested: number
  #restMs: number

  constructor(options: SnapshotWriterOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#encode = snapshotEncoder(options.codec, options.where)
    this.#generation = options.newest
    this.#keep = options.keep
    this.#rested = this.#now()
    this.#restMs = options.settings.minIntervalMs
  }

  /** Whether a snapshot is under way, of which the next transaction has to carry some. */
  get hasPieces(): boolean {
    return this.#underWay !== undefined
  }

  /** What is to go with the next transaction, which is to be told of by {@link committed}. */
  next(): { readonly records: readonly OutgoingRecord[]; readonly positions: readonly Position[] } {
    const current = this.#underWay
    if (!current) return nothing
    const { generation, slot } = current
    const records: OutgoingRecord[] = []
    while (records.length < this.#options.settings.piecesPerCommit) {
      const { value: payload, done } = current.pieces.next()
      if (done) {
        records.push(this.#encode.manifest(slot, this.#manifestOf(current)))
        this.#completed = current
        this.#underWay = undefined
        // Where a restart begins to read; a hint, since it looks at the whole topic when it finds nothing there.
        return { records, positions: [{ ...this.#options.where, offset: current.from }] }
      }
      records.push(this.#encode.piece(slot, { generation, piece: current.count, payload }))
      current.hash.update(payload)
      current.count += 1
      current.bytes += payload.length
    }
    return { records, positions: [] }
  }

  /** Takes note of a transaction that took so many records and carried what {@link next} gave before it. */
  committed(taken: number): void {
    this.#recordsSince += taken
    const completed = this.#completed
    if (!completed) return
    this.#completed = undefined
    this.#keep = completed.slot
    const { generation, count, bytes, pauseMs, capturedAt } = completed
    const writtenInMs = this.#now() - capturedAt
    this.#rested = this.#now()
    const { minIntervalMs, restFactor } = this.#options.settings
    this.#restMs = Math.max(minIntervalMs - writtenInMs, restFactor * writtenInMs)
    this.#options.onWritten?.({ generation, pieces: count, bytes, pauseMs, writtenInMs })
  }

  /** Copies the state if a snapshot is due. `positions` are the committed ones, and the state is exactly that at them. */
  async captureIfDue(positions: readonly Position[]): Promise<void> {
    if (this.#underWay || !this.#isDue()) return
    const { log, outputs, where, processor } = this.#options
    const bounds = await log.bounds([...outputs, where])
    const endOf = (output: TopicPartition): number => bounds.get(partitionKey(output))?.end ?? 0
    const ends = outputs.map((output) => ({ ...output, offset: endOf(output) }))
    const startedAt = this.#now()
    const state = processor.snapshot()
    this.#generation += 1
    this.#recordsSince = 0
    this.#underWay = {
      generation: this.#generation,
      slot: this.#keep === 'a' ? 'b' : 'a',
      pieces: cutPieces(encodeState(state), this.#options.settings.pieceBytes),
      hash: createHash('sha256'),
      positions: Object.fromEntries([...positions, ...ends].map((each) => [partitionKey(each), each.offset])),
      from: endOf(where),
      capturedAt: startedAt,
      pauseMs: this.#now() - startedAt,
      count: 0,
      bytes: 0,
    }
  }

  #isDue(): boolean {
    const { records, maxIntervalMs } = this.#options.settings
    if (this.#recordsSince === 0) return false
    const restedMs = this.#now() - this.#rested
    return restedMs >= this.#restMs && (this.#recordsSince >= records || restedMs >= maxIntervalMs)
  }

  #manifestOf({ generation, count, bytes, hash, positions }: UnderWay): SnapshotManifest {
    const { identity } = this.#options
    const sha256 = hash.digest('hex')
    return { ...identity, generation, pieces: count, bytes, sha256, form: STATE_FORM, positions }
  }
}
