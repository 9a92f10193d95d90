import { randomUUID } from 'node:crypto'
import { Kafka, logLevel, type Transaction } from 'kafkajs'
import type { FaultStage } from '../../streams/fault-points.ts'
import { KafkaLog } from '../../streams/kafka/kafka-log.ts'
import type { OutgoingRecord } from '../../streams/port.ts'
import { sharedStack, stackStartMs } from '../support/shared-stack.ts'
import { describeLog } from './conformance/describe-log.ts'
import { type LogUnderTest, type OutsideProducer, partitionCount } from './conformance/log-under-test.ts'
import { waitUntil } from './support/wait-until.ts'

const prefix = `conformance-${randomUUID().slice(0, 8)}.`

/** A transactional producer of plain kafkajs, as somebody else's program would use it. */
async function plainProducer(
  kafka: Kafka,
  transactionalId: string,
): Promise<OutsideProducer & { close(): Promise<void> }> {
  const producer = kafka.producer({
    transactionalId: prefix + transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { initialRetryTime: 20, multiplier: 1.3, retries: 60 },
  })
  await producer.connect()
  let transaction: Transaction | undefined
  return {
    async send(records: readonly OutgoingRecord[]) {
      transaction ??= await producer.transaction()
      for (const { topic, partition, key, value, timestamp } of records) {
        await transaction.send({
          topic: prefix + topic,
          messages: [{ partition, key, value, timestamp: String(timestamp) }],
        })
      }
    },
    async commit() {
      await transaction?.commit()
      transaction = undefined
    },
    async abort() {
      await transaction?.abort()
      transaction = undefined
    },
    close: () => producer.disconnect(),
  }
}

async function openSubject(): Promise<LogUnderTest> {
  const { brokers } = await sharedStack()
  let failing: FaultStage | undefined
  const log = new KafkaLog({
    brokers,
    clientId: 'conformance',
    prefix,
    sessionTimeoutMs: 6_000,
    faultPoint: (_id, stage) => {
      if (stage !== failing) return undefined
      failing = undefined
      return Promise.reject(new Error(`injected at ${stage}`))
    },
  })
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const producers: { close(): Promise<void> }[] = []
  return {
    log,
    createTopic: async (topic) => {
      await admin.createTopics({
        topics: [
          {
            topic: prefix + topic,
            numPartitions: partitionCount,
            // As all topics of ours: the records of this suite are of 1970, and the broker would delete them half a minute on.
            configEntries: [{ name: 'retention.ms', value: '-1' }],
          },
        ],
        // kafkajs's wait gives up where a busy broker has not heard of the topic yet.
        waitForLeaders: false,
      })
      const where = { topic, partition: partitionCount - 1 }
      const answers = () => log.bounds([where]).then(Boolean, () => false)
      await waitUntil(`the leaders of ${topic}`, answers)
    },
    deleteBelow: async ({ topic, partition }, offset) => {
      // kafkajs looks for the leader before it has asked for the topic's metadata; this asks.
      await admin.fetchTopicOffsets(prefix + topic)
      await admin.deleteTopicRecords({ topic: prefix + topic, partitions: [{ partition, offset: String(offset) }] })
    },
    failNextCommit: (when) => {
      failing = when === 'before' ? 'after-offsets' : 'after-commit'
    },
    outsideProducer: async (transactionalId) => {
      const producer = await plainProducer(kafka, transactionalId)
      producers.push(producer)
      return producer
    },
    close: async () => {
      await Promise.all(producers.map((producer) => producer.close()))
      await admin.disconnect()
      await log.close()
    },
  }
}

describeLog('the log on a Kafka broker', openSubject, { openTransactions: true, timeoutMs: stackStartMs })
