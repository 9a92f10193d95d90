import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Kafka } from 'kafkajs'
import { LogUnavailableError } from '../errors.ts'
import type { FaultPoint } from '../fault-points.ts'
import { type AssignmentMode, type Log, partitionKey, type TopicPartition } from '../port.ts'
import { createKafka, type KafkaOptions } from './client.ts'
import { KafkaMembership } from './membership.ts'
import { KafkaReader } from './reader.ts'
import { KafkaWriter } from './writer.ts'

const askAttempts = 5
const askAgainMs = 200

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
  #admin: Promise<Admin> | undefined

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
    const topics = [...new Set(partitions.map(({ topic }) => topic))]
    return this.#ask(`Reading the committed positions of ${group}`, async (admin) => {
      const answers = await admin.fetchOffsets({
        groupId: this.#prefix + group,
        topics: topics.map((topic) => this.#prefix + topic),
      })
      const found = new Map<string, number>()
      for (const answer of answers) {
        const topic = answer.topic.slice(this.#prefix.length)
        for (const { partition, offset } of answer.partitions) {
          if (Number(offset) >= 0) found.set(partitionKey({ topic, partition }), Number(offset))
        }
      }
      return new Map([...found].filter(([key]) => partitions.some((each) => partitionKey(each) === key)))
    })
  }

  /** `end` comes from a fetch: kafkajs's own answer is the last stable offset, which an open transaction holds back. */
  async bounds(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, { start: number; end: number }>> {
    const topics = [...new Set(partitions.map(({ topic }) => topic))]
    const starts = await this.#ask('Reading the bounds of the log', async (admin) => {
      const found = new Map<string, number>()
      for (const topic of topics) {
        for (const { partition, low } of await admin.fetchTopicOffsets(this.#prefix + topic)) {
          found.set(partitionKey({ topic, partition }), Number(low))
        }
      }
      return found
    })
    const reader = await this.reader()
    try {
      const positions = partitions.map((each) => ({ ...each, offset: starts.get(partitionKey(each)) ?? 0 }))
      const fetched = await reader.fetch(positions, 0)
      return new Map(fetched.map((each) => [partitionKey(each), { start: each.startOffset, end: each.endOffset }]))
    } finally {
      await reader.close()
    }
  }

  async close(): Promise<void> {
    const admin = await this.#admin
    await admin?.disconnect()
  }

  /** Asks again a few times: a group's coordinator elects itself when the group is first heard of, and kafkajs does not wait. */
  async #ask<T>(doing: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#admin ??= this.#connectAdmin()
        return await question(await this.#admin)
      } catch (cause) {
        const failed = this.#admin
        this.#admin = undefined
        failed?.then((admin) => admin.disconnect()).catch(() => undefined)
        if (attempt >= askAttempts) throw new LogUnavailableError(doing, cause)
        await sleep(askAgainMs * attempt)
      }
    }
  }

  async #connectAdmin(): Promise<Admin> {
    const admin = this.#kafka.admin()
    await admin.connect()
    return admin
  }
}
