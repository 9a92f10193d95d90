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
  #boundsReader: Promise<KafkaReader> | undefined

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

  #positions(group: string, partitions: readonly TopicPartition[]) {
    const topics = [...new Set(partitions.map(({ topic }) => topic))]
    const wanted = new Set(partitions.map(partitionKey))
    return this.#ask(`Reading the committed positions of ${group}`, async (admin) => {
      const answers = await admin.fetchOffsets({
        groupId: this.#prefix + group,
        topics: topics.map((topic) => this.#prefix + topic),
      })
      const found = new Map<string, { readonly offset: number; readonly note: string | null }>()
      for (const answer of answers) {
        const topic = answer.topic.slice(this.#prefix.length)
        for (const { partition, offset, metadata } of answer.partitions) {
          const key = partitionKey({ topic, partition })
          if (Number(offset) >= 0 && wanted.has(key)) found.set(key, { offset: Number(offset), note: metadata })
        }
      }
      return found
    })
  }

  async bounds(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, { start: number; end: number }>> {
    // Who waits for the chain asks several times a second, so the connection is kept.
    for (let attempt = 1; ; attempt += 1) {
      this.#boundsReader ??= this.reader()
      try {
        return await (await this.#boundsReader).bounds(partitions)
      } catch (cause) {
        const failed = this.#boundsReader
        this.#boundsReader = undefined
        failed?.then((reader) => reader.close()).catch(() => undefined)
        if (attempt >= askAttempts) throw cause
        await sleep(askAgainMs * attempt)
      }
    }
  }

  async close(): Promise<void> {
    const [admin, reader] = await Promise.all([this.#admin, this.#boundsReader])
    await Promise.all([admin?.disconnect(), reader?.close()])
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
