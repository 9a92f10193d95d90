import { createRequire } from 'node:module'
import { Kafka, type logCreator, logLevel } from 'kafkajs'
import { waitForCoordinators } from './absent-coordinator.ts'
import { clusterMaker } from './cluster-maker.ts'
import { keepOneSocket } from './one-socket.ts'
import { replaceMethod } from './replace-method.ts'

const require = createRequire(import.meta.url)

type RequestQueue = { pending: unknown[] }

/**
 * kafkajs 2.2.4 re-arms a 1 ms timer on each connection for as long as it lives, though the check it makes is only of use
 * while requests wait. With a producer per partition that alone takes a good part of a core. Arm it only when needed.
 */
function quietIdleTimers(): void {
  const { prototype }: { prototype: object } = require('kafkajs/src/network/requestQueue')
  replaceMethod<(this: RequestQueue) => void>(
    prototype,
    'scheduleCheckPendingRequests',
    (schedule) =>
      function scheduleOnlyWhenPending(this: RequestQueue) {
        if (this.pending.length > 0) schedule.call(this)
      },
  )
}

type Coordinated = { findGroupCoordinator(request: { groupId: string; coordinatorType?: number }): Promise<unknown> }

const coordinatorTtlMs = 2_000

/**
 * kafkajs asks who the coordinator is before every request of a transaction: four of the nine round trips of a commit. The
 * answer is kept for two seconds; whatever goes wrong meanwhile throws the writer, and this memory with it, away.
 */
function rememberCoordinators(kafka: Kafka): void {
  const { make, replace } = clusterMaker<Coordinated>(kafka)
  replace((options) => {
    const cluster = make(options)
    const find = cluster.findGroupCoordinator.bind(cluster)
    const known = new Map<string, { readonly broker: Promise<unknown>; readonly askedAt: number }>()
    cluster.findGroupCoordinator = (request) => {
      const key = `${request.coordinatorType ?? 0}/${request.groupId}`
      const answer = known.get(key)
      if (answer && performance.now() - answer.askedAt < coordinatorTtlMs) return answer.broker
      const broker = find(request)
      known.set(key, { broker, askedAt: performance.now() })
      broker.catch(() => known.delete(key))
      return broker
    }
    return cluster
  })
}

/** Where the broker is and who asks. */
export type KafkaOptions = {
  readonly brokers: readonly string[]
  readonly clientId: string
  /** Put before every topic name, group and transactional id: a run of its own on a shared broker. */
  readonly prefix?: string
  readonly onLog?: (
    level: 'error' | 'warn' | 'info' | 'debug',
    message: string,
    details: Record<string, unknown>,
  ) => void
}

const levelNames: Record<number, 'error' | 'warn' | 'info' | 'debug'> = {
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'info',
  [logLevel.DEBUG]: 'debug',
}

/** A kafkajs client with retries that suit transactions (`CONCURRENT_TRANSACTIONS` clears in a few milliseconds). */
export function createKafka(options: KafkaOptions): Kafka {
  quietIdleTimers()
  keepOneSocket()
  waitForCoordinators()
  const toHandler: logCreator = () => (entry) => {
    const { message, ...details } = entry.log
    options.onLog?.(levelNames[entry.level] ?? 'debug', message, details)
  }
  const kafka = new Kafka({
    clientId: options.clientId,
    brokers: [...options.brokers],
    connectionTimeout: 3_000,
    requestTimeout: 20_000,
    logLevel: logLevel.WARN,
    logCreator: toHandler,
    retry: { initialRetryTime: 50, multiplier: 1.5, maxRetryTime: 1_000, retries: 8 },
  })
  rememberCoordinators(kafka)
  return kafka
}
