import { type Consumer, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs'

/** What a copy moved and what it took. */
export type CopyResult = {
  readonly records: number
  readonly bytes: number
  readonly seconds: number
  readonly cpuSeconds: number
}

/** Which topic is copied where. */
export type CopyOptions = {
  readonly brokers: readonly string[]
  readonly from: string
  readonly to: string
  readonly partitions: number
  /** Told of each transaction before it begins, and once it has committed. */
  readonly onBegin?: () => void
  readonly onCopied?: (records: number, bytes: number) => void
}

/** A copy that runs until it is stopped; `failure` rejects when it cannot go on. */
export type RunningCopy = { readonly failure: Promise<never>; stop(): Promise<void> }

const recordsPerTransaction = 1_000

/**
 * The ceiling: kafkajs alone copies a topic, bytes as they are, exactly once: read committed, one transaction per batch of a
 * partition that holds the copies and the offsets, one transactional producer per partition. No decoding, no state.
 */
export async function startCopy(options: CopyOptions): Promise<RunningCopy> {
  const { brokers, from, to, partitions, onBegin = () => {}, onCopied = () => {} } = options
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
  const failure = new Promise<never>((_, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
    consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: partitions,
        eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
          onBegin()
          for (let start = 0; start < batch.messages.length; start += recordsPerTransaction) {
            const some = batch.messages.slice(start, start + recordsPerTransaction)
            const last = some.at(-1)
            const producer = producers[batch.partition]
            if (!last || !producer) return
            const transaction = await producer.transaction()
            const messages = some.map(({ key, value, timestamp, headers }) => ({
              key,
              value,
              partition: batch.partition,
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
            onCopied(
              some.length,
              some.reduce((sum, { value }) => sum + (value?.length ?? 0), 0),
            )
          }
        },
      })
      .catch(reject)
  })
  failure.catch(() => undefined)
  return {
    failure,
    async stop() {
      await consumer.disconnect()
      for (const producer of producers) await producer.disconnect()
    },
  }
}

/** Copies the `total` records that a topic has, and measures it. */
export async function exactlyOnceCopy(
  brokers: readonly string[],
  from: string,
  to: string,
  partitions: number,
  total: number,
): Promise<CopyResult> {
  let [records, bytes, startedAt] = [0, 0, 0]
  let cpu = process.cpuUsage()
  let finish: () => void = () => undefined
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  const copy = await startCopy({
    brokers,
    from,
    to,
    partitions,
    onBegin() {
      if (startedAt !== 0) return
      startedAt = performance.now()
      cpu = process.cpuUsage()
    },
    onCopied(some, size) {
      records += some
      bytes += size
      if (records >= total) finish()
    },
  })
  await Promise.race([done, copy.failure])
  const seconds = (performance.now() - startedAt) / 1000
  const used = process.cpuUsage(cpu)
  await copy.stop()
  return { records, bytes, seconds, cpuSeconds: (used.user + used.system) / 1e6 }
}
