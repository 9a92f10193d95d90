import type { Kafka } from 'kafkajs'
import { DataLossError, LogUnavailableError } from '../errors.ts'
import {
  type Fetched,
  type Header,
  type LogReader,
  type LogRecord,
  type Position,
  partitionKey,
  type TopicPartition,
} from '../port.ts'
import { clusterMaker } from './cluster-maker.ts'
import { type AbortedTransaction, committedRecords, type DecodedRecord, offsetBehind } from './committed-records.ts'

type FetchedPartition = {
  readonly partition: number
  readonly highWatermark: string
  readonly lastStableOffset: string
  readonly lastStartOffset: string
  readonly abortedTransactions: readonly AbortedTransaction[] | null
  readonly messages: readonly DecodedRecord[]
}
type FetchResponse = {
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[]
}
type ListedOffsets = {
  readonly responses: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly offset: string }[]
  }[]
}
type Broker = {
  listOffsets(request: {
    replicaId: number
    isolationLevel: number
    topics: { topic: string; partitions: { partition: number; timestamp: string }[] }[]
  }): Promise<ListedOffsets>
  fetch(request: {
    maxWaitTime: number
    minBytes: number
    maxBytes: number
    isolationLevel: number
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[]
  }): Promise<FetchResponse>
}
type Cluster = {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addMultipleTargetTopics(topics: string[]): Promise<void>
  refreshMetadata(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  findBroker(node: { nodeId: string }): Promise<Broker>
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>
}
const readUncommitted = 0
const readCommitted = 1
/** Stands for a consumer where the protocol asks for the id of a replica. */
const noReplica = -1
/** What the protocol takes instead of a timestamp. */
const earliest = '-2'
const latest = '-1'
const maxBytesPerPartition = 512 * 1024
const maxBytesPerFetch = 4 * 1024 * 1024

function toHeaders(headers: DecodedRecord['headers']): Header[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) => ({ name, value: each ?? Buffer.alloc(0) })),
  )
}

function toLogRecord(record: DecodedRecord): LogRecord {
  return {
    offset: Number(record.offset),
    timestamp: Number(record.timestamp),
    key: record.key,
    value: record.value,
    headers: toHeaders(record.headers),
  }
}

/**
 * Reads committed records with kafkajs's wire protocol but not with its consumer: positions, the end of the partition, the
 * filter of aborted records and the answer to an offset that is gone are ours (decision 0003).
 */
export class KafkaReader implements LogReader {
  readonly #cluster: Cluster
  readonly #prefix: string
  readonly #known = new Set<string>()

  private constructor(cluster: Cluster, prefix: string) {
    this.#cluster = cluster
    this.#prefix = prefix
  }

  static async open(kafka: Kafka, prefix: string): Promise<KafkaReader> {
    const { make } = clusterMaker<Cluster>(kafka)
    const cluster = make({ metadataMaxAge: 300_000, allowAutoTopicCreation: false, isolationLevel: readCommitted })
    try {
      await cluster.connect()
    } catch (cause) {
      throw new LogUnavailableError('Connecting to the broker', cause)
    }
    return new KafkaReader(cluster, prefix)
  }

  async fetch(
    positions: readonly Position[],
    waitMs: number,
    maxBytes = maxBytesPerPartition,
  ): Promise<readonly Fetched[]> {
    if (positions.length === 0) return []
    try {
      await this.#learnTopics(positions)
      const byLeader = this.#groupByLeader(positions)
      const answers = await Promise.all(
        [...byLeader].map(([nodeId, some]) => this.#fetchFrom(nodeId, some, waitMs, maxBytes)),
      )
      return answers.flat()
    } catch (cause) {
      throw await this.#classified(cause, positions)
    }
  }

  /**
   * First offset and high watermark of partitions, in two small requests a broker. The high watermark stands behind records of
   * open transactions too; kafkajs's admin client gives the last stable offset, which an open transaction holds back.
   */
  async bounds(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, { start: number; end: number }>> {
    const positions = partitions.map((each) => ({ ...each, offset: 0 }))
    try {
      await this.#learnTopics(positions)
      const byLeader = [...this.#groupByLeader(positions)]
      const listed = (time: string) =>
        Promise.all(byLeader.map(([nodeId, some]) => this.#offsetsAt(nodeId, some, time)))
      const [starts, ends] = [await listed(earliest), new Map((await listed(latest)).flat())]
      return new Map(starts.flat().map(([key, start]) => [key, { start, end: ends.get(key) ?? start }]))
    } catch (cause) {
      throw await this.#classified(cause, positions)
    }
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect()
  }

  async #offsetsAt(
    nodeId: string,
    partitions: readonly TopicPartition[],
    timestamp: string,
  ): Promise<[string, number][]> {
    const broker = await this.#cluster.findBroker({ nodeId })
    const topics = [...new Set(partitions.map(({ topic }) => topic))].map((topic) => ({
      topic: this.#prefix + topic,
      partitions: partitions.flatMap((each) =>
        each.topic === topic ? [{ partition: each.partition, timestamp }] : [],
      ),
    }))
    const answer = await broker.listOffsets({ replicaId: noReplica, isolationLevel: readUncommitted, topics })
    return answer.responses.flatMap(({ topic, partitions: found }) =>
      found.map(({ partition, offset }): [string, number] => [
        partitionKey({ topic: topic.slice(this.#prefix.length), partition }),
        Number(offset),
      ]),
    )
  }

  async #learnTopics(positions: readonly Position[]): Promise<void> {
    const unknown = [...new Set(positions.map(({ topic }) => this.#prefix + topic))].filter(
      (name) => !this.#known.has(name),
    )
    if (unknown.length > 0) {
      await this.#cluster.addMultipleTargetTopics(unknown)
      for (const name of unknown) this.#known.add(name)
    }
    await this.#cluster.refreshMetadataIfNecessary()
  }

  #groupByLeader(positions: readonly Position[]): Map<string, Position[]> {
    const byLeader = new Map<string, Position[]>()
    for (const position of positions) {
      const leaders = this.#cluster.findLeaderForPartitions(this.#prefix + position.topic, [position.partition])
      const nodeId = Object.keys(leaders)[0]
      if (nodeId === undefined) throw new Error(`${partitionKey(position)} has no leader`)
      const group = byLeader.get(nodeId)
      if (group) group.push(position)
      else byLeader.set(nodeId, [position])
    }
    return byLeader
  }

  async #fetchFrom(
    nodeId: string,
    positions: readonly Position[],
    waitMs: number,
    maxBytes: number,
  ): Promise<Fetched[]> {
    const broker = await this.#cluster.findBroker({ nodeId })
    const topics = new Map<string, { partition: number; fetchOffset: string; maxBytes: number }[]>()
    for (const { topic, partition, offset } of positions) {
      const entry = { partition, fetchOffset: String(offset), maxBytes }
      const entries = topics.get(this.#prefix + topic)
      if (entries) entries.push(entry)
      else topics.set(this.#prefix + topic, [entry])
    }
    const answer = await broker.fetch({
      maxWaitTime: waitMs,
      minBytes: 1,
      maxBytes: Math.max(maxBytesPerFetch, maxBytes),
      isolationLevel: readCommitted,
      topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
    })
    const asked = new Map(positions.map((position) => [partitionKey(position), position.offset]))
    return answer.responses.flatMap(({ topicName, partitions }) => {
      const topic = topicName.slice(this.#prefix.length)
      return partitions.map((found) =>
        toFetched(topic, found, asked.get(partitionKey({ topic, partition: found.partition })) ?? 0),
      )
    })
  }

  async #classified(cause: unknown, positions: readonly Position[]): Promise<Error> {
    const error = cause instanceof Error ? cause : new Error(String(cause))
    if (error.name === 'KafkaJSOffsetOutOfRange') {
      const { topic, partition } = error as Error & { topic: string; partition: number }
      const where = { topic: topic.slice(this.#prefix.length), partition: Number(partition) }
      const wanted = positions.find((each) => partitionKey(each) === partitionKey(where))
      return new DataLossError(where, wanted?.offset ?? -1, undefined)
    }
    await this.#cluster.refreshMetadata().catch((refreshError: unknown) => {
      error.cause ??= refreshError
    })
    return new LogUnavailableError('Reading the log', error)
  }
}

function toFetched(topic: string, found: FetchedPartition, askedOffset: number): Fetched {
  const kept = committedRecords(found.messages, found.abortedTransactions ?? [], askedOffset)
  return {
    topic,
    partition: found.partition,
    records: kept.map(toLogRecord),
    nextOffset: Math.max(askedOffset, offsetBehind(found.messages) ?? askedOffset),
    endOffset: Number(found.highWatermark),
    stableOffset: Number(found.lastStableOffset),
    startOffset: Number(found.lastStartOffset),
  }
}
