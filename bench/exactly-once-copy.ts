import { type Consumer, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs'

/** What a copy moved and what it took. */
export type CopyResult = {
  readonly records: number
  readonly bytes: number
  readonly seconds: number
  readonly cpuSeconds: number
}

const recordsPerTransaction = 1_000

/**
 * The ceiling: kafkajs alone copies a topic, bytes as they are, exactly once: read committed, one transaction per batch of a
 * partition that holds the copies and the offsets, one transactional producer per partition. No decoding, no state.
 */
export async function exactlyOnceCopy(
  brokers: readonly string[],
  from: string,
  to: string,
  partitions: number,
  total: number,
): Promise<CopyResult> {
  const kafka = new Kafka({ clientId: 'bench-copy', brokers: [...brokers], logLevel: logLevel.NOTHING })
  const group = `bench-${from}-${Date.now()}`
  const retry = { initialRetryTime: 10, multiplier: 1.3, maxRetryTime: 200, retries: 60 }
  const producers: Producer[] = []
  for (let partition = 0; partition < partitions; partition += 1) {
    const producer = kafka.producer({
      transactionalId: `${group}-${partition}`,
      idempotent: true,
      maxInFlightRequests: 1,
      retry,
      createPartitioner: Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    producers.push(producer)
  }
  const consumer: Consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 50 })
  await consumer.connect()
  await consumer.subscribe({ topics: [from], fromBeginning: true })
  let records = 0
  let bytes = 0
  let startedAt = 0
  let cpu = process.cpuUsage()
  const done = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: partitions,
        eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
          if (startedAt === 0) {
            startedAt = performance.now()
            cpu = process.cpuUsage()
          }
          for (let start = 0; start < batch.messages.length; start += recordsPerTransaction) {
            const some = batch.messages.slice(start, start + recordsPerTransaction)
            const last = some.at(-1)
            const producer = producers[batch.partition]
            if (!last || !producer) return
            const transaction = await producer.transaction()
            const messages = some.map(({ key, value, timestamp, headers }) => ({
              partition: batch.partition,
              key,
              value,
              timestamp,
              ...(headers ? { headers } : {}),
            }))
            await transaction.send({ topic: to, messages })
            const offset = String(Number(last.offset) + 1)
            await transaction.sendOffsets({
              consumerGroupId: group,
              topics: [{ topic: from, partitions: [{ partition: batch.partition, offset }] }],
            })
            await transaction.commit()
            resolveOffset(last.offset)
            await heartbeat()
            records += some.length
            bytes += some.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
          }
          if (records >= total) resolve()
        },
      })
      .catch(reject)
  })
  await done
  const seconds = (performance.now() - startedAt) / 1000
  const used = process.cpuUsage(cpu)
  await consumer.disconnect()
  for (const producer of producers) await producer.disconnect()
  return { records, bytes, seconds, cpuSeconds: (used.user + used.system) / 1e6 }
}
