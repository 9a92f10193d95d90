import type { OutgoingRecord, TransactionContent } from '../port.ts'
import { type Broker, type Cluster, type ProducerIdentity, sendTo } from './broker.ts'
import { listedByTopic } from './listed-by-topic.ts'
import { type ProducedPartition, produceRequest } from './protocol/produce.ts'

/** A position and what is noted beside it, which comes back with it. */
export type NotedPosition = NonNullable<TransactionContent['offsets']>['positions'][number]

const transactionCoordinator = 1
const groupCoordinator = 0
const maxSequence = 0x7fff_ffff

/**
 * The requests of a transactional producer, each once: what to do about an answer is its caller's choice. It knows its identity
 * and, for each partition, the sequence number of the next record, by which the broker drops what it has been sent before.
 */
export class TransactionalProducer {
  readonly #cluster: Cluster
  readonly #transactionalId: string
  readonly #identity: ProducerIdentity
  readonly #sequences = new Map<string, number>()

  private constructor(cluster: Cluster, transactionalId: string, identity: ProducerIdentity) {
    this.#cluster = cluster
    this.#transactionalId = transactionalId
    this.#identity = identity
  }

  /** Takes over a transactional id: ends what its last owner left open and shuts that one out. */
  static async init(cluster: Cluster, transactionalId: string, timeoutMs: number): Promise<TransactionalProducer> {
    const coordinator = await cluster.findGroupCoordinator({
      groupId: transactionalId,
      coordinatorType: transactionCoordinator,
    })
    const { producerId, producerEpoch } = await coordinator.initProducerId({
      transactionalId,
      transactionTimeout: timeoutMs,
    })
    return new TransactionalProducer(cluster, transactionalId, { producerId, producerEpoch })
  }

  /** Declares the partitions that the records of the transaction go to; the first declaration begins the transaction. */
  async addPartitions(prefix: string, records: readonly OutgoingRecord[]): Promise<void> {
    const partitions = new Map<string, Set<number>>()
    for (const { topic, partition } of records) {
      const known = partitions.get(topic)
      if (known) known.add(partition)
      else partitions.set(topic, new Set([partition]))
    }
    const topics = [...partitions].map(([topic, some]) => ({ topic: prefix + topic, partitions: [...some] }))
    const coordinator = await this.#coordinator()
    await coordinator.addPartitionsToTxn({ transactionalId: this.#transactionalId, ...this.#identity, topics })
  }

  /** Declares that the transaction will hold positions of a group. */
  async addOffsets(groupId: string): Promise<void> {
    const coordinator = await this.#coordinator()
    await coordinator.addOffsetsToTxn({ transactionalId: this.#transactionalId, ...this.#identity, groupId })
  }

  /** Gives the records, one batch for each partition, their sequence numbers. */
  batchesOf(prefix: string, records: readonly OutgoingRecord[]): ProducedPartition[] {
    const batches = new Map<string, { topic: string; partition: number; records: OutgoingRecord[] }>()
    for (const record of records) {
      const place = `${record.topic}/${record.partition}`
      const batch = batches.get(place)
      if (batch) batch.records.push(record)
      else batches.set(place, { topic: prefix + record.topic, partition: record.partition, records: [record] })
    }
    return [...batches].map(([place, batch]) => {
      const firstSequence = this.#sequences.get(place) ?? 0
      // Numbers begin again at 0 behind the largest, as brokers expect.
      const next = firstSequence + batch.records.length
      this.#sequences.set(place, next > maxSequence ? next - maxSequence - 1 : next)
      return { ...batch, firstSequence }
    })
  }

  /** Sends batches to the leaders of their partitions. Sending the same again is safe: they keep their sequence numbers. */
  async produce(batches: readonly ProducedPartition[]): Promise<void> {
    const { producerId, producerEpoch } = this.#identity
    const producer = { transactionalId: this.#transactionalId, id: Number(producerId), epoch: producerEpoch }
    const byLeader = new Map<string, ProducedPartition[]>()
    for (const batch of batches) {
      const nodeId = Object.keys(this.#cluster.findLeaderForPartitions(batch.topic, [batch.partition]))[0]
      if (nodeId === undefined) throw new Error(`${batch.topic}[${batch.partition}] has no leader`)
      const group = byLeader.get(nodeId)
      if (group) group.push(batch)
      else byLeader.set(nodeId, [batch])
    }
    await Promise.all(
      [...byLeader].map(async ([nodeId, some]) =>
        sendTo(await this.#cluster.findBroker({ nodeId }), produceRequest(producer, some)),
      ),
    )
  }

  /** Adds positions to the transaction; they count once it commits. */
  async commitOffsets(groupId: string, prefix: string, positions: readonly NotedPosition[]): Promise<void> {
    const topics = listedByTopic(prefix, positions, ({ partition, offset, note }) => ({
      partition,
      offset: String(offset),
      metadata: note,
    }))
    const coordinator = await this.#cluster.findGroupCoordinator({ groupId, coordinatorType: groupCoordinator })
    await coordinator.txnOffsetCommit({ transactionalId: this.#transactionalId, groupId, ...this.#identity, topics })
  }

  /** Commits or aborts what has been declared. */
  async end(commit: boolean): Promise<void> {
    const coordinator = await this.#coordinator()
    await coordinator.endTxn({
      transactionalId: this.#transactionalId,
      ...this.#identity,
      transactionResult: commit,
    })
  }

  #coordinator(): Promise<Broker> {
    return this.#cluster.findGroupCoordinator({
      groupId: this.#transactionalId,
      coordinatorType: transactionCoordinator,
    })
  }
}
