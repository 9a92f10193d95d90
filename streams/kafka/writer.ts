import { setTimeout as sleep } from 'node:timers/promises'
import { type IHeaders, type Kafka, Partitioners, type Producer, type Transaction } from 'kafkajs'
import { FencedError, LogUnavailableError, WriteRefusedError } from '../errors.ts'
import type { FaultPoint, FaultStage } from '../fault-points.ts'
import type { LogWriter, OutgoingRecord, TransactionContent } from '../port.ts'
import { cutIntoRequests } from './requests.ts'

/** Types of broker errors that say: a newer writer has this transactional id. */
const fencedTypes = ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING', 'INVALID_TXN_STATE']
/** Answers to positions that pass in a moment; a coordinator elects itself when a group is first heard of. */
const passingTypes = [
  'CONCURRENT_TRANSACTIONS',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
]
/** Answers to records that no repetition changes. */
const tooLargeTypes = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']
const offsetRetries = 200
const offsetRetryMs = 15

type Positions = NonNullable<TransactionContent['offsets']>['positions']

/** How a {@link KafkaWriter} is set up. */
export type WriterOptions = {
  readonly transactionalId: string
  readonly prefix: string
  readonly transactionTimeoutMs?: number
  readonly faultPoint?: FaultPoint
}

function typeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  if ('type' in error && typeof error.type === 'string') return error.type
  return 'cause' in error ? typeOf(error.cause) : undefined
}

function byTopic<T extends { topic: string }>(items: readonly T[]): Map<string, T[]> {
  const grouped = new Map<string, T[]>()
  for (const item of items) {
    const group = grouped.get(item.topic)
    if (group) group.push(item)
    else grouped.set(item.topic, [item])
  }
  return grouped
}

/** One transactional producer of kafkajs, with the guards its transactions need (decision 0003). */
export class KafkaWriter implements LogWriter {
  readonly #producer: Producer
  readonly #options: WriterOptions

  private constructor(producer: Producer, options: WriterOptions) {
    this.#producer = producer
    this.#options = options
  }

  static async open(kafka: Kafka, options: WriterOptions): Promise<KafkaWriter> {
    const producer = kafka.producer({
      transactionalId: options.transactionalId,
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      transactionTimeout: options.transactionTimeoutMs ?? 20_000,
      createPartitioner: Partitioners.DefaultPartitioner,
      // After a commit the coordinator answers CONCURRENT_TRANSACTIONS until its markers are written: ask again soon.
      retry: { initialRetryTime: 10, multiplier: 1.3, maxRetryTime: 200, retries: 60 },
    })
    try {
      await producer.connect()
    } catch (cause) {
      throw new LogUnavailableError(`Connecting ${options.transactionalId}`, cause)
    }
    return new KafkaWriter(producer, options)
  }

  /** An empty transaction: kafkajs asks for the producer id, which ends and shuts out the predecessor. */
  async fence(): Promise<void> {
    try {
      const transaction = await this.#producer.transaction()
      await transaction.abort()
    } catch (cause) {
      throw this.#classified('Fencing', cause)
    }
  }

  async commit({ records, offsets }: TransactionContent): Promise<void> {
    try {
      const transaction = await this.#producer.transaction()
      await this.#reach('before-send', records)
      for (const request of cutIntoRequests(records)) await this.#send(transaction, request)
      await this.#reach('after-send', records)
      if (offsets && offsets.positions.length > 0) {
        await this.#sendOffsets(transaction, this.#options.prefix + offsets.group, offsets.positions)
      }
      await this.#reach('after-offsets', records)
      await transaction.commit()
      await this.#reach('after-commit', records)
    } catch (cause) {
      throw this.#classified('Committing', cause)
    }
  }

  async close(): Promise<void> {
    await this.#producer.disconnect()
  }

  async #reach(stage: FaultStage, records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length > 0) await this.#options.faultPoint?.(this.#options.transactionalId, stage)
  }

  async #send(transaction: Transaction, records: readonly OutgoingRecord[]): Promise<void> {
    await transaction.sendBatch({
      acks: -1,
      topicMessages: [...byTopic(records)].map(([topic, some]) => ({
        topic: this.#options.prefix + topic,
        messages: some.map(({ partition, key, value, timestamp, headers }) => ({
          partition,
          key,
          value,
          timestamp: String(timestamp),
          headers: headers as IHeaders,
        })),
      })),
    })
  }

  /**
   * kafkajs retries none of these (it looks for two of them under names that it does not give), so a transaction of offsets
   * alone would often fail right after another, and the first one of a group on a new broker.
   */
  async #sendOffsets(transaction: Transaction, group: string, positions: Positions): Promise<void> {
    const topics = [...byTopic(positions)].map(([topic, some]) => ({
      topic: this.#options.prefix + topic,
      // kafkajs hands the metadata on, though its types do not know of it.
      partitions: some.map(({ partition, offset, note }) => ({ partition, offset: String(offset), metadata: note })),
    }))
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await transaction.sendOffsets({ consumerGroupId: group, topics })
      } catch (error) {
        if (!passingTypes.includes(typeOf(error) ?? '') || attempt >= offsetRetries) throw error
        await sleep(offsetRetryMs)
      }
    }
  }

  #classified(doing: string, cause: unknown): Error {
    const type = typeOf(cause)
    if (type !== undefined && fencedTypes.includes(type)) return new FencedError(this.#options.transactionalId, cause)
    if (type !== undefined && tooLargeTypes.includes(type)) {
      return new WriteRefusedError(this.#options.transactionalId, cause)
    }
    return new LogUnavailableError(`${doing} a transaction of ${this.#options.transactionalId}`, cause)
  }
}
