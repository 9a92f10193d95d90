import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import { FencedError, LogUnavailableError, WriteRefusedError } from '../errors.ts'
import type { FaultPoint, FaultStage } from '../fault-points.ts'
import type { LogWriter, OutgoingRecord, TransactionContent } from '../port.ts'
import type { Cluster } from './broker.ts'
import { clusterMaker } from './cluster-maker.ts'
import { typeOf } from './error-type.ts'
import { cutIntoRequests } from './requests.ts'
import { type NotedPosition, TransactionalProducer } from './transactional-producer.ts'

/** Types of broker errors that say: a newer writer has this transactional id. */
const fencedTypes = ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING', 'INVALID_TXN_STATE']
/** Answers that pass in a moment: markers of the last commit being written, coordinators electing themselves or loading. */
const passingTypes = [
  'CONCURRENT_TRANSACTIONS',
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
]
/** Answers of a broker that has not heard of a topic yet, or leads it no more. It has taken nothing, so the same may be sent again. */
const staleTypes = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']
/** Answers to records that no repetition changes. */
const tooLargeTypes = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']
const retries = 200
const firstRetryMs = 3
const maxRetryMs = 50

/** How a {@link KafkaWriter} is set up. */
export type WriterOptions = {
  readonly transactionalId: string
  readonly prefix: string
  readonly transactionTimeoutMs?: number
  readonly faultPoint?: FaultPoint
}

/**
 * One transactional id, with the guards its transactions need (decision 0003). Requests are our own sequence (decision 0015): what
 * the transaction will hold is declared at once, then come the records, the positions, the commit.
 */
export class KafkaWriter implements LogWriter {
  readonly #cluster: Cluster
  readonly #options: WriterOptions
  readonly #known = new Set<string>()
  #producer: TransactionalProducer | undefined

  private constructor(cluster: Cluster, options: WriterOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  static async open(kafka: Kafka, options: WriterOptions): Promise<KafkaWriter> {
    const { make } = clusterMaker<Cluster>(kafka)
    const cluster = make({ metadataMaxAge: 300_000, allowAutoTopicCreation: false })
    try {
      await cluster.connect()
    } catch (cause) {
      throw new LogUnavailableError(`Connecting ${options.transactionalId}`, cause)
    }
    return new KafkaWriter(cluster, options)
  }

  /** Asks for the producer id anew, which ends and shuts out the predecessor. */
  async fence(): Promise<void> {
    const { transactionalId, transactionTimeoutMs = 20_000 } = this.#options
    try {
      this.#producer = await this.#persist(passingTypes, () =>
        TransactionalProducer.init(this.#cluster, transactionalId, transactionTimeoutMs),
      )
    } catch (cause) {
      throw this.#classified('Fencing', cause)
    }
  }

  async commit({ records, offsets }: TransactionContent): Promise<void> {
    const { prefix, transactionalId } = this.#options
    const group = offsets && offsets.positions.length > 0 ? prefix + offsets.group : undefined
    const producer = this.#producer
    if (!producer) throw new LogUnavailableError(`Committing a transaction of ${transactionalId}`, 'it was not fenced')
    if (records.length === 0 && group === undefined) return
    try {
      await this.#reach('before-send', records)
      await this.#learnTopics(records)
      await Promise.all([
        records.length > 0 ? this.#persist(passingTypes, () => producer.addPartitions(prefix, records)) : undefined,
        group === undefined ? undefined : this.#persist(passingTypes, () => producer.addOffsets(group)),
      ])
      for (const request of cutIntoRequests(records)) await this.#produce(producer, request)
      await this.#reach('after-send', records)
      if (group !== undefined) await this.#sendOffsets(producer, group, offsets?.positions ?? [])
      await this.#reach('after-offsets', records)
      await producer.end(true)
      await this.#reach('after-commit', records)
    } catch (cause) {
      throw this.#classified('Committing', cause)
    }
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect()
  }

  async #reach(stage: FaultStage, records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length > 0) await this.#options.faultPoint?.(this.#options.transactionalId, stage)
  }

  async #learnTopics(records: readonly OutgoingRecord[]): Promise<void> {
    const unknown = new Set<string>()
    for (const { topic } of records) if (!this.#known.has(topic)) unknown.add(topic)
    if (unknown.size === 0) return
    await this.#cluster.addMultipleTargetTopics([...unknown].map((topic) => this.#options.prefix + topic))
    for (const topic of unknown) this.#known.add(topic)
  }

  async #produce(producer: TransactionalProducer, records: readonly OutgoingRecord[]): Promise<void> {
    const batches = producer.batchesOf(this.#options.prefix, records)
    await this.#persist(
      staleTypes,
      () => producer.produce(batches),
      () => this.#cluster.refreshMetadata(),
    )
  }

  async #sendOffsets(
    producer: TransactionalProducer,
    group: string,
    positions: readonly NotedPosition[],
  ): Promise<void> {
    await this.#persist([...passingTypes, ...staleTypes], () =>
      producer.commitOffsets(group, this.#options.prefix, positions),
    )
  }

  /** Tries again while the answer is one that passes; nothing has been done then, so the same request is right. */
  async #persist<T>(types: readonly string[], ask: () => Promise<T>, before = async () => {}): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await ask()
      } catch (error) {
        if (!types.includes(typeOf(error) ?? '') || attempt >= retries) throw error
        await sleep(Math.min(maxRetryMs, firstRetryMs * attempt))
        await before()
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
