import type { Consumer, Kafka } from 'kafkajs'
import { LogUnavailableError } from '../errors.ts'
import type { Assignment, AssignmentMode, Membership } from '../port.ts'
import { coPartitionAssigner, type Holding } from './co-partition-assigner.ts'

/** How a {@link KafkaMembership} joins. */
export type MembershipOptions = {
  readonly group: string
  readonly topics: readonly string[]
  readonly mode: AssignmentMode
  readonly sessionTimeoutMs?: number
}

/**
 * Membership of a consumer group through a kafkajs consumer that never fetches: its partitions are paused as soon as they
 * are assigned, and the records are read by our own reader. What is left of the consumer is joining, heartbeats, leaving.
 */
export class KafkaMembership implements Membership {
  readonly #consumer: Consumer
  readonly #options: MembershipOptions
  #current: Holding = { memberId: '', partitions: [] }
  #generation = 0

  constructor(kafka: Kafka, options: MembershipOptions) {
    const sessionTimeout = options.sessionTimeoutMs ?? 10_000
    this.#options = options
    this.#consumer = kafka.consumer({
      groupId: options.group,
      sessionTimeout,
      rebalanceTimeout: Math.max(sessionTimeout, 20_000),
      heartbeatInterval: Math.min(3_000, Math.floor(sessionTimeout / 4)),
      maxWaitTimeInMs: 200,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 50, multiplier: 1.5, maxRetryTime: 1_000, retries: 100 },
      partitionAssigners: [coPartitionAssigner(options.mode, () => this.#current)],
    })
  }

  async start(onAssigned: (assignment: Assignment) => void, onLost: (error: Error) => void): Promise<void> {
    const topics = [...this.#options.topics]
    // First of all, so that a start that fails here can be repeated.
    await this.#consumer.connect().catch((cause: unknown) => {
      throw new LogUnavailableError(`Joining ${this.#options.group}`, cause)
    })
    this.#consumer.on(this.#consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#consumer.pause(topics.map((topic) => ({ topic })))
      const first = topics[0]
      const partitions = (first === undefined ? undefined : payload.memberAssignment[first]) ?? []
      this.#current = { memberId: payload.memberId, partitions }
      this.#generation += 1
      onAssigned({ generation: this.#generation, partitions })
    })
    this.#consumer.on(this.#consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) onLost(payload.error)
    })
    await this.#consumer.subscribe({ topics, fromBeginning: true })
    await this.#consumer.run({ autoCommit: false, eachBatch: async () => undefined })
  }

  async stop(): Promise<void> {
    await this.#consumer.disconnect()
  }
}
