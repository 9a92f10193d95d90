import type { RecordCodec } from '../avro/codec.ts'
import type { Emit, Marker, OutputRecord } from '../processors/processor.ts'
import type { Refusal } from '../processors/refusal.ts'
import { deadLetter, type Refuser } from './dead-letter.ts'
import type { DecodedInput } from './input-record.ts'
import { markerRecord } from './marker-record.ts'
import { type OutgoingRecord, partitionKey } from './port.ts'
import { sizeOf } from './record-size.ts'

/** Largest record written, key and headers included: below the broker's default `message.max.bytes`, with room for the envelope. */
const maxRecordBytes = 950_000

/** Counts of a chunk, for metrics. */
export type ChunkCounts = {
  taken: number
  duplicates: number
  refused: Map<string, number>
  emitted: Map<string, number>
  leftOut: Map<string, number>
}

/** Emits nothing: for reading records again that have been answered before. */
export const silentEmit: Emit = {
  record: () => {},
  marker: () => {},
  refuse: () => {},
  duplicate: () => {},
  leaveOut: () => {},
}

const noHeaders = {}

/** Where one input record's outputs go. A class and no closures: there is one of these for each record of the log. */
class RecordEmit implements Emit {
  readonly #chunk: Chunk
  readonly #source: DecodedInput
  readonly #outputs: OutgoingRecord[]

  constructor(chunk: Chunk, source: DecodedInput, outputs: OutgoingRecord[]) {
    this.#chunk = chunk
    this.#source = source
    this.#outputs = outputs
  }

  record(output: OutputRecord): void {
    this.#chunk.write(this.#outputs, this.#source, output)
  }

  marker(topic: string, marker: Marker, partition?: number): void {
    this.#chunk.pass(this.#outputs, topic, marker, partition ?? this.#source.where.partition)
  }

  refuse(refusal: Refusal): void {
    this.#chunk.refuse(this.#outputs, this.#source, refusal)
  }

  duplicate(): void {
    this.#chunk.counts.duplicates += 1
  }

  leaveOut(reason: string): void {
    count(this.#chunk.counts.leftOut, reason)
  }
}

/** How far a chunk had come, to take it back to; see {@link Chunk.rollBack}. */
export type ChunkMark = {
  readonly length: number
  readonly bytes: number
  readonly counts: ChunkCounts
  readonly refusedData: ReadonlyMap<string, number>
}

/** What the records of one transaction lead to: outputs and dead letters, encoded, in the order of the records. */
export class Chunk {
  readonly #codec: RecordCodec
  readonly #refuser: Refuser
  readonly #outputs: OutgoingRecord[][] = []
  readonly counts: ChunkCounts = noCounts()
  bytes = 0
  /** Readable data records among those refused, by partition of their topic. */
  refusedData = new Map<string, number>()

  constructor(codec: RecordCodec, refuser: Refuser) {
    this.#codec = codec
    this.#refuser = refuser
  }

  /** All records to write, in the order of the input records they follow from. */
  get records(): OutgoingRecord[] {
    return this.#outputs.flat()
  }

  get hasRecords(): boolean {
    return this.#outputs.some((outputs) => outputs.length > 0)
  }

  /** Opens the place for the outputs of one more input record. */
  take(source: DecodedInput): Emit {
    const outputs: OutgoingRecord[] = []
    this.#outputs.push(outputs)
    this.counts.taken += 1
    return new RecordEmit(this, source, outputs)
  }

  /** Where the chunk stands, before an attempt that may fail. */
  mark(): ChunkMark {
    const refusedData = new Map(this.refusedData)
    return { length: this.#outputs.length, bytes: this.bytes, counts: copyOf(this.counts), refusedData }
  }

  /** Forgets what was taken since the mark, and all that came of it. */
  rollBack({ length, bytes, counts, refusedData }: ChunkMark): void {
    this.#outputs.length = length
    this.bytes = bytes
    this.refusedData = new Map(refusedData)
    Object.assign(this.counts, copyOf(counts))
  }

  write(outputs: OutgoingRecord[], source: DecodedInput, output: OutputRecord): void {
    const value = this.#codec.encode(output.topic, output.recordName, output.value)
    const record = {
      topic: output.topic,
      partition: output.partition ?? source.where.partition,
      key: Buffer.from(output.key, 'utf8'),
      value,
      timestamp: output.timestamp,
      headers: output.headers ?? noHeaders,
    }
    const bytes = sizeOf(record)
    if (bytes > maxRecordBytes) {
      const message = `The ${output.recordName} made from it takes ${bytes} bytes, more than ${maxRecordBytes}`
      this.refuse(outputs, source, { reason: 'RECORD_TOO_LARGE', message })
      return
    }
    this.#push(outputs, record)
    count(this.counts.emitted, output.topic)
  }

  pass(outputs: OutgoingRecord[], topic: string, marker: Marker, partition: number): void {
    this.#push(outputs, markerRecord(this.#codec, { topic, partition }, marker))
  }

  refuse(outputs: OutgoingRecord[], source: DecodedInput, refusal: Refusal): void {
    this.#push(outputs, deadLetter(this.#codec, this.#refuser, source.where, source.raw, refusal))
    count(this.counts.refused, refusal.reason)
    if (source.input?.kind === 'data') count(this.refusedData, partitionKey(source.where))
  }

  #push(outputs: OutgoingRecord[], record: OutgoingRecord): void {
    outputs.push(record)
    this.bytes += record.value.length
  }
}

function noCounts(): ChunkCounts {
  return { taken: 0, duplicates: 0, refused: new Map(), emitted: new Map(), leftOut: new Map() }
}

function copyOf({ taken, duplicates, refused, emitted, leftOut }: ChunkCounts): ChunkCounts {
  return { taken, duplicates, refused: new Map(refused), emitted: new Map(emitted), leftOut: new Map(leftOut) }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
