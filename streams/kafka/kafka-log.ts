import type { Kafka } from 'kafkajs'
import { isRetriable, LogUnavailableError } from '../errors.ts'
import type { FaultPoint } from '../fault-points.ts'
import type { AssignmentMode, Log, TopicPartition } from '../port.ts'
import type { Cluster } from './broker.ts'
import { createKafka, type KafkaOptions } from './client.ts'
import { clusterMaker } from './cluster-maker.ts'
import { groupPositions } from './group-positions.ts'
import { KafkaMembership } from './membership.ts'
import { KafkaReader } from './reader.ts'
import { SharedConnection } from './shared-connection.ts'
import { KafkaWriter } from './writer.ts'

/** Settings of the log beyond the connection. */
export type KafkaLogOptions = KafkaOptions & {
  readonly sessionTimeoutMs?: number
  readonly transactionTimeoutMs?: number
  readonly faultPoint?: FaultPoint
}

/** The log on a Kafka broker. */
export class KafkaLog implements Log {
  readonly #kafka: Kafka
  readonly #options: KafkaLogOptions
  /** A coordinator elects itself when its group is first heard of, and kafkajs does not wait: then the question comes again. */
  readonly #coordinators = new SharedConnection<Cluster>({
    open: () => this.#connectCluster(),
    close: (cluster) => cluster.disconnect(),
  })
  /** Kept, since whoever waits for the chain asks several times a second. */
  readonly #boundsReader = new SharedConnection<KafkaReader>({
    open: () => this.reader(),
    close: (reader) => reader.close(),
  })

  constructor(options: KafkaLogOptions) {
    this.#kafka = createKafka(options)
    this.#options = options
  }

  get #prefix(): string {
    return this.#options.prefix ?? ''
  }

  reader(): Promise<KafkaReader> {
    return KafkaReader.open(this.#kafka, this.#prefix)
  }

  writer(transactionalId: string): Promise<KafkaWriter> {
    const { transactionTimeoutMs, faultPoint } = this.#options
    return KafkaWriter.open(this.#kafka, {
      transactionalId: this.#prefix + transactionalId,
      prefix: this.#prefix,
      ...(transactionTimeoutMs === undefined ? {} : { transactionTimeoutMs }),
      ...(faultPoint ? { faultPoint } : {}),
    })
  }

  membership(group: string, topics: readonly string[], mode: AssignmentMode): KafkaMembership {
    const { sessionTimeoutMs } = this.#options
    return new KafkaMembership(this.#kafka, {
      group: this.#prefix + group,
      topics: topics.map((topic) => this.#prefix + topic),
      mode,
      ...(sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs }),
    })
  }

  async committed(group: string, partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>> {
    const found = await this.#positions(group, partitions)
    return new Map([...found].map(([key, { offset }]) => [key, offset]))
  }

  async notes(group: string, partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, string>> {
    const found = await this.#positions(group, partitions)
    return new Map([...found].flatMap(([key, { note }]) => (note === null || note === '' ? [] : [[key, note]])))
  }

  async #positions(group: string, partitions: readonly TopicPartition[]) {
    try {
      return await this.#coordinators.ask((cluster) => groupPositions(cluster, this.#prefix, group, partitions))
    } catch (cause) {
      // What the broker refuses for good, as to whom it does not let read the group, no waiting changes.
      if (isRefusal(cause)) throw cause
      throw new LogUnavailableError(`Reading the committed positions of ${group}`, cause)
    }
  }

  bounds(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, { start: number; end: number }>> {
    return this.#boundsReader.ask((reader) => reader.bounds(partitions))
  }

  async close(): Promise<void> {
    await Promise.all([this.#coordinators.close(), this.#boundsReader.close()])
  }

  async #connectCluster(): Promise<Cluster> {
    const cluster = clusterMaker<Cluster>(this.#kafka).make({ metadataMaxAge: 300_000, allowAutoTopicCreation: false })
    await cluster.connect()
    return cluster
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && error.name === 'KafkaJSProtocolError' && isRetriable(error) === false
