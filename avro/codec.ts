import type { Refusal } from '../processors/refusal.ts'
import type { RecordSchema } from './schemas.ts'

export { EncodeError } from './encode-error.ts'
export { createOfflineCodec } from './offline-codec.ts'
export { openCodec } from './open-codec.ts'

/** What bytes of a topic turned out to be. */
export type DecodeResult =
  | {
      readonly kind: 'value'
      /** Full name of the record, for example `barline.market.Bar`. */
      readonly recordName: string
      /** Fields of our schema of that name: times are epoch milliseconds, bytes are Buffers, unions are unwrapped. */
      readonly value: Readonly<Record<string, unknown>>
      /** Hex of the canonical fingerprint of the writer's schema. */
      readonly fingerprint: string
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unknown-id'; readonly schemaId: number }

/**
 * Reads the whole body of a record that was written with our own schema, from `from` to the end of the bytes, in the form that a
 * processor wants it in. Undefined: it is to be read as usual, which also words what is wrong with it.
 */
export type BodyReader = (bytes: Buffer, from: number) => Readonly<Record<string, unknown>> | undefined

/** Body readers of a processor that keeps records rather than computing with them. */
export type BodyReaders = {
  /** The reader of our own schema of this record. */
  get(recordName: string): BodyReader | undefined
  /**
   * The reader of a schema of a later release, which has fields that ours lacks. Where there is one, a body is read with it or refused:
   * as ours it would lose these fields without a word.
   */
  readonly grown?: (schema: RecordSchema) => BodyReader | undefined
}

/** Turns records into Confluent bytes and back; only `learn` speaks to the registry. */
export interface RecordCodec {
  /** Confluent bytes of a value. Throws `EncodeError`; NaN and infinities in doubles are allowed. */
  encode(topicId: string, recordName: string, value: Readonly<Record<string, unknown>>): Buffer
  /**
   * Reads bytes through our schema of the writer's record name. Never throws on bad bytes: they are refused as NOT_AVRO,
   * UNKNOWN_SCHEMA, UNEXPECTED_RECORD (the topic does not carry it) or UNDECODABLE_BODY. `unknown-id`: learn it, then decode again.
   * `readers` come first where they know the record.
   */
  decode(topicId: string, bytes: Buffer | null, readers?: BodyReaders): DecodeResult
  /**
   * Fetches an unknown schema id; one that the registry does not have is remembered for a while. Concurrent calls share a request.
   * Throws `RegistryUnavailableError` (retriable).
   */
  learn(schemaId: number): Promise<void>
}
