import type { Kafka } from 'kafkajs'
import { DataLossError, LogUnavailableError } from '../errors.ts'
import { type Fetched, type LogReader, type Position, partitionKey, type TopicPartition } from '../port.ts'
import { type Cluster, sendTo, throwIfFailed } from './broker.ts'
import { clusterMaker } from './cluster-maker.ts'
import { committedRecords, offsetBehind } from './committed-records.ts'
import { LeaderEnds } from './leader-ends.ts'
import { listedByTopic } from './listed-by-topic.ts'
import { type FetchedPartition, fetchRequest } from './protocol/fetch.ts'

const readUncommitted = 0
/** Stands for a consumer where the protocol asks for the id of a replica. */
const noReplica = -1
/** What the protocol takes instead of a timestamp. */
const earliest = '-2'
const latest = '-1'
const offsetOutOfRange = 1
/** More than a batch of ours may have, so that none has to wait until its partition is the first one with records. */
const maxBytesPerPartition = 1024 * 1024
const maxBytesPerFetch = 4 * 1024 * 1024

/**
 * Reads committed records over kafkajs's connections but not with its consumer: the fetch, positions, the end of the partition,
 * the filter of aborted records and the answer to an offset that is gone are ours (decisions 0003 and 0015).
 */
export class KafkaReader implements LogReader {
  readonly #cluster: Cluster
  readonly #prefix: string
  readonly #known = new Set<string>()
  readonly #ends = new LeaderEnds()
  /** How often each broker was asked. */
  readonly #rounds = new Map<string, number>()

  private constructor(cluster: Cluster, prefix: string) {
    this.#cluster = cluster
    this.#prefix = prefix
  }

  static async open(kafka: Kafka, prefix: string): Promise<KafkaReader> {
    const { make } = clusterMaker<Cluster>(kafka)
    const cluster = make({ metadataMaxAge: 300_000, allowAutoTopicCreation: false, isolationLevel: readUncommitted })
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
      throw await this.#classified(cause)
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
      throw await this.#classified(cause)
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
    const topics = listedByTopic(this.#prefix, partitions, ({ partition }) => ({ partition, timestamp }))
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
  ): Promise<readonly Fetched[]> {
    const broker = await this.#cluster.findBroker({ nodeId })
    // A broker fills its answer from the first position on, so another one is the first each time.
    const round = (this.#rounds.get(nodeId) ?? 0) + 1
    this.#rounds.set(nodeId, round)
    const first = round % positions.length
    const inTurn = [...positions.slice(first), ...positions.slice(0, first)]
    const asked = inTurn.map(({ topic, partition, offset }) => ({ topic: this.#prefix + topic, partition, offset }))
    const answer = await sendTo(
      broker,
      fetchRequest(asked, { waitMs, maxBytesPerPartition: maxBytes, maxBytes: Math.max(maxBytesPerFetch, maxBytes) }),
    )
    throwIfFailed(answer.errorCode)
    const offsets = new Map(positions.map((position) => [partitionKey(position), position.offset]))
    const fetched = answer.partitions.map((found) => {
      const topic = found.topic.slice(this.#prefix.length)
      const where = { topic, partition: found.partition }
      const wanted = offsets.get(partitionKey(where)) ?? 0
      if (found.errorCode === offsetOutOfRange) throw new DataLossError(where, wanted, undefined)
      throwIfFailed(found.errorCode)
      return toFetched(where, found, wanted)
    })
    return this.#ends.settled(nodeId, fetched, async (some) => new Map(await this.#offsetsAt(nodeId, some, latest)))
  }

  async #classified(cause: unknown): Promise<Error> {
    this.#ends.doubtAll()
    if (cause instanceof DataLossError) return cause
    const error = cause instanceof Error ? cause : new Error(String(cause))
    await this.#cluster.refreshMetadata().catch((refreshError: unknown) => {
      error.cause ??= refreshError
    })
    return new LogUnavailableError('Reading the log', error)
  }
}

function toFetched(where: TopicPartition, found: FetchedPartition, askedOffset: number): Fetched {
  return {
    ...where,
    records: committedRecords(found.batches, found.aborted, askedOffset),
    nextOffset: Math.max(askedOffset, offsetBehind(found.batches) ?? askedOffset),
    endOffset: found.highWatermark,
    stableOffset: found.lastStableOffset,
    startOffset: found.logStartOffset,
  }
}
