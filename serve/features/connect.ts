import { openCodec } from '../../avro/codec.ts'
import { openClickHouse } from '../../sink/clickhouse-client.ts'
import { KafkaLog } from '../../streams/kafka/kafka-log.ts'
import { type FeatureServiceSettings, openFeatureService, type RunningFeatureService } from './open-feature-service.ts'

/** Where an installation of Barline is. */
export type ConnectOptions = FeatureServiceSettings & {
  /** Kafka brokers as `host:port`. */
  readonly brokers: readonly string[]
  readonly registryUrl: string
  readonly clickhouse: { readonly url: string; readonly username?: string; readonly password?: string }
  /** Database of the installation; `barline` by default. */
  readonly database?: string
  /** What topics and subjects begin with; nothing by default. */
  readonly topicPrefix?: string
  /** Partitions of the topics; 4 by default. */
  readonly partitions?: number
}

/** Connects a feature service to a running installation; `close` it at the end. Throws what the three servers make it throw. */
export async function connectFeatureService(options: ConnectOptions): Promise<RunningFeatureService> {
  const { brokers, registryUrl, clickhouse: server, database = 'barline', topicPrefix = '', partitions = 4 } = options
  const clickhouse = openClickHouse(server)
  const log = new KafkaLog({
    brokers,
    clientId: 'barline-features',
    prefix: topicPrefix,
    sessionTimeoutMs: 10_000,
    onLog: () => {},
  })
  const closeBoth = async (): Promise<void> => {
    await Promise.all([log.close(), clickhouse.close()])
  }
  try {
    const codec = await openCodec({ registryUrl, topicPrefix })
    const service = await openFeatureService({ log, codec, clickhouse, database, partitions }, options)
    return {
      ...service,
      async close() {
        await service.close()
        await closeBoth()
      },
    }
  } catch (error) {
    await closeBoth()
    throw error
  }
}
