import type { Refusal } from '../processors/refusal.ts'
import { topics } from '../topics/topics.ts'
import type { BodyReaders, DecodeResult, RecordCodec } from './codec.ts'
import type { RecordType } from './compiled-type.ts'
import { EncodeError } from './encode-error.ts'
import { PREFIX_BYTES, WireSlab } from './wire-slab.ts'
import type { WriterSchemas } from './writer-schemas.ts'

/** Our schema of a record and the id that it has under the subject of a topic. */
export type Encoding = {
  readonly topicId: string
  readonly recordName: string
  readonly type: RecordType
  readonly schemaId: number
}

/** The codec over known encodings and a store of writer schemas; `openCodec` and `createOfflineCodec` make one. */
export class ConfluentCodec implements RecordCodec {
  readonly #encodings = new Map<string, Map<string, Encoding>>()
  readonly #carried = new Map<string, ReadonlySet<string>>()
  readonly #writers: WriterSchemas
  readonly #slab = new WireSlab()

  constructor(encodings: readonly Encoding[], writers: WriterSchemas) {
    this.#writers = writers
    for (const { id, records } of topics) {
      this.#carried.set(id, new Set(records.map(({ name }) => name)))
      this.#encodings.set(id, new Map())
    }
    for (const encoding of encodings) this.#encodings.get(encoding.topicId)?.set(encoding.recordName, encoding)
  }

  encode(topicId: string, recordName: string, value: Readonly<Record<string, unknown>>): Buffer {
    const encoding = this.#encodings.get(topicId)?.get(recordName)
    if (!encoding)
      throw new EncodeError(topicId, recordName, 'no topic of this id carries the record, or it is only reserved')
    try {
      return this.#slab.write(encoding.type, encoding.schemaId, value)
    } catch (error) {
      throw new EncodeError(topicId, recordName, misfit(encoding.type, value) ?? String(error), error)
    }
  }

  decode(topicId: string, bytes: Buffer | null, readers?: BodyReaders): DecodeResult {
    const carried = this.#carried.get(topicId)
    if (!carried) throw new RangeError(`No topic ${topicId} in topics/topics.ts`)
    if (bytes === null) return refused('NOT_AVRO', 'the record has no value')
    if (bytes.length < PREFIX_BYTES) return refused('NOT_AVRO', `${bytes.length} bytes are too few for a schema id`)
    if (bytes[0] !== 0) return refused('NOT_AVRO', `the first byte is ${bytes[0]}, not 0`)
    const schemaId = bytes.readInt32BE(1)
    const writer = schemaId > 0 ? this.#writers.find(schemaId) : 'absent'
    if (writer === 'unknown') return { kind: 'unknown-id', schemaId }
    if (writer === 'absent') return refused('UNKNOWN_SCHEMA', `the registry has no schema ${schemaId}`)
    if (writer.kind === 'unreadable') return { kind: 'refused', refusal: writer.refusal }
    const { recordName, reader, resolver, grown, fingerprint } = writer
    if (!carried.has(recordName))
      return refused('UNEXPECTED_RECORD', `${recordName} does not belong on topic ${topicId}`)
    const own = grown === undefined ? undefined : readers?.grown?.(grown)
    const first = resolver === undefined ? readers?.get(recordName) : own
    const body = first?.(bytes, PREFIX_BYTES)
    if (body !== undefined) return { kind: 'value', recordName, value: body, fingerprint }
    if (own !== undefined) return refused('UNDECODABLE_BODY', unlike(recordName, schemaId))
    try {
      const { value, offset } = reader.decode(bytes, PREFIX_BYTES, resolver)
      if (offset === bytes.length) return { kind: 'value', recordName, value, fingerprint }
      return refused(
        'UNDECODABLE_BODY',
        offset < 0 ? `${recordName} is cut short` : trailing(recordName, bytes.length - offset),
      )
    } catch (error) {
      return refused('UNDECODABLE_BODY', `${recordName}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  learn(schemaId: number): Promise<void> {
    return this.#writers.learn(schemaId)
  }
}

function refused(reason: Refusal['reason'], message: string): DecodeResult {
  return { kind: 'refused', refusal: { reason, message } }
}

function unlike(recordName: string, schemaId: number): string {
  return `${recordName} is not what schema ${schemaId} of a later release says, or has a value that no column holds`
}

function trailing(recordName: string, bytes: number): string {
  return `${recordName} is followed by ${bytes} bytes that do not belong to it`
}

function misfit(type: RecordType, value: unknown): string | undefined {
  let problem: string | undefined
  type.isValid(value, {
    errorHook: (path, found, expected) => {
      problem ??= `${path.join('.')} is ${describe(found)}, not ${expected.typeName.startsWith('union') ? JSON.stringify(expected) : expected.typeName}`
    },
  })
  return problem
}

function describe(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || value === null)
    return JSON.stringify(value) ?? String(value)
  return typeof value
}
