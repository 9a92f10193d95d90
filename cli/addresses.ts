import { runningStack } from '../local/running-stack.ts'
import type { Config } from './config.ts'

/** Where the three servers are. */
export type Addresses = {
  readonly brokers: readonly string[]
  readonly registryUrl: string
  readonly clickhouseUrl: string
}

/** No server is named in the environment and no embedded stack runs on the data directory. */
export class NothingRunningError extends Error {
  readonly code = 'NOTHING_RUNNING'
  readonly retriable = false
  constructor(dataDir: string) {
    super(
      `No embedded stack runs on ${dataDir}: start it with \`barline up\`, or name other servers in BARLINE_KAFKA_BROKERS, ` +
        'BARLINE_REGISTRY_URL and BARLINE_CLICKHOUSE_URL',
    )
    this.name = 'NothingRunningError'
  }
}

/** The servers named in the environment, and for the others those of the embedded stack. Throws {@link NothingRunningError}. */
export function findAddresses(config: Config): Addresses {
  const { dataDir, brokers, registryUrl, clickhouse } = config
  if (brokers && registryUrl && clickhouse.url) return { brokers, registryUrl, clickhouseUrl: clickhouse.url }
  const stack = runningStack(dataDir)
  if (!stack) throw new NothingRunningError(dataDir)
  return {
    brokers: brokers ?? stack.kafka.brokers,
    registryUrl: registryUrl ?? stack.registry.url,
    clickhouseUrl: clickhouse.url ?? stack.clickhouse.url,
  }
}

/** The environment of a child process that is to use these servers. */
export function environmentFor(config: Config, addresses: Addresses): Record<string, string> {
  const { username, password, database } = config.clickhouse
  return {
    BARLINE_DATA: config.dataDir,
    BARLINE_KAFKA_BROKERS: addresses.brokers.join(','),
    BARLINE_REGISTRY_URL: addresses.registryUrl,
    BARLINE_CLICKHOUSE_URL: addresses.clickhouseUrl,
    ...(username === undefined ? {} : { BARLINE_CLICKHOUSE_USER: username }),
    ...(password === undefined ? {} : { BARLINE_CLICKHOUSE_PASSWORD: password }),
    BARLINE_CLICKHOUSE_DATABASE: database,
    BARLINE_TOPIC_PREFIX: config.topicPrefix,
    BARLINE_RUN_ID: config.runId,
    BARLINE_PARTITIONS: String(config.partitions),
    BARLINE_SESSION_TIMEOUT_MS: String(config.sessionTimeoutMs),
    BARLINE_SINK_GAPS: config.sinkGaps,
    BARLINE_SNAPSHOT_RECORDS: String(config.snapshots.records),
    BARLINE_SNAPSHOT_INTERVAL_MS: String(config.snapshots.minIntervalMs),
  }
}
