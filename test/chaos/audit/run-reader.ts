import { createHash } from 'node:crypto'
import type { RecordCodec } from '../../../avro/codec.ts'
import { recordKinds } from '../../../processors/ingest/record-kinds.ts'
import type { DataRecord } from '../../../processors/processor.ts'
import { digestedParts } from '../../../streams/digest.ts'
import { type DecodedInput, decodeInput } from '../../../streams/input-record.ts'
import { type Log, type LogRecord, partitionKey, type TopicPartition } from '../../../streams/port.ts'
import { readPartition } from '../../../streams/stretch.ts'
import type { Letter } from './dead-letters.ts'
import type { SeenRecord, SeenTopic } from './seen-record.ts'

/** Fields that say what a record speaks of, of whatever kind it is. */
const identifying = [
  'timeframe',
  'ts',
  'ts_close',
  'effective_at',
  'period_end',
  'item',
  'series',
  'portfolio',
  'event_type',
  'model_id',
  'blend_id',
] as const

const rawTopicOf = new Map(recordKinds.map(({ topic, tapeRecordName }) => [tapeRecordName, topic]))

function hashOf(parts: readonly Buffer[]): string {
  const hash = createHash('sha1')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('base64url')
}

/** Everything about a record as its producer sent it. */
export function originalHash({ key, value, headers }: Pick<LogRecord, 'key' | 'value' | 'headers'>): string {
  const texts = headers.map((header) => `${header.name}=${header.value.toString('base64')}`).join('\n')
  return hashOf([key ?? Buffer.alloc(0), value ?? Buffer.alloc(0), Buffer.from(texts)])
}

/** Reads what a run left in its log, as the audit compares it. */
export class RunReader {
  readonly #log: Log
  readonly #codec: RecordCodec
  readonly #partitions: number
  readonly #ordinals = new Map<string, Promise<ReadonlyMap<number, number>>>()

  constructor(log: Log, codec: RecordCodec, partitions: number) {
    this.#log = log
    this.#codec = codec
    this.#partitions = partitions
  }

  /** The data records of a topic, with places in other topics replaced by ordinals, which are the same in every run. */
  async topic(topic: string): Promise<SeenTopic> {
    const seen: SeenRecord[][] = []
    for (let partition = 0; partition < this.#partitions; partition += 1) {
      const records: SeenRecord[] = []
      for await (const { raw, input } of this.decoded({ topic, partition })) {
        if (input?.kind === 'data') records.push(await this.#seen(input, raw))
        else if (!input) records.push({ offset: raw.offset, identity: 'unreadable', digest: originalHash(raw) })
      }
      seen.push(records)
    }
    return seen
  }

  /** The dead letters of a processor. */
  async letters(processor: string): Promise<Letter[]> {
    const letters: Letter[] = []
    for (let partition = 0; partition < this.#partitions; partition += 1) {
      for await (const { input } of this.decoded({ topic: `dead-letters.${processor}`, partition })) {
        if (input?.kind === 'data') letters.push(await this.#letter(processor, input.value))
      }
    }
    return letters
  }

  /** Place of a record among the committed records of its partition, or -1. */
  async ordinalOf(where: TopicPartition, offset: number): Promise<number> {
    const key = partitionKey(where)
    const known = this.#ordinals.get(key) ?? this.#numbered(where)
    this.#ordinals.set(key, known)
    return (await known).get(offset) ?? -1
  }

  /** The committed records of a partition, decoded, in order. */
  async *decoded(where: TopicPartition): AsyncGenerator<DecodedInput> {
    for await (const raw of this.#records(where)) yield await decodeInput(this.#codec, where, raw)
  }

  async *#records(where: TopicPartition): AsyncGenerator<LogRecord> {
    for await (const records of readPartition(this.#log, where)) yield* records
  }

  async #numbered(where: TopicPartition): Promise<ReadonlyMap<number, number>> {
    const ordinals = new Map<number, number>()
    for await (const { offset } of this.#records(where)) ordinals.set(offset, ordinals.size)
    return ordinals
  }

  async #seen(input: DataRecord, raw: LogRecord): Promise<SeenRecord> {
    const { value, recordName, key, offset } = input
    const fields = identifying.flatMap((name) => (value[name] === undefined ? [] : [`${name}=${value[name]}`]))
    const same = await this.#withoutOffset(input, raw)
    return {
      offset,
      identity: [recordName, key, ...fields].join(' '),
      digest: hashOf(digestedParts(same, recordName)),
    }
  }

  /** A tape record names the offset that its raw record has in this run: what counts is which record that is. */
  async #withoutOffset(input: DataRecord, raw: LogRecord): Promise<LogRecord> {
    const rawTopic = rawTopicOf.get(input.recordName)
    if (rawTopic === undefined) return raw
    const where = { topic: rawTopic, partition: input.partition }
    const ordinal = await this.ordinalOf(where, Number(input.value.source_offset))
    const value = { ...input.value, source_offset: ordinal }
    return { ...raw, value: this.#codec.encode(input.topic, input.recordName, value) }
  }

  async #letter(processor: string, value: Readonly<Record<string, unknown>>): Promise<Letter> {
    const where = { topic: String(value.source_topic), partition: Number(value.source_partition) }
    const names = value.header_names as readonly string[]
    const values = value.header_values as readonly Buffer[]
    const headers = names.map((name, index) => ({ name, value: values[index] ?? Buffer.alloc(0) }))
    return {
      processor,
      reason: String(value.reason),
      sourceTopic: where.topic,
      sourcePartition: where.partition,
      sourceOrdinal: await this.ordinalOf(where, Number(value.source_offset)),
      original: originalHash({ key: value.key as Buffer | null, value: value.value as Buffer | null, headers }),
    }
  }
}
