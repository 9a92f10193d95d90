import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from 'testcontainers'
import type { Addresses } from '../../cli/addresses.ts'

/** The images of docker-compose.yml; test/containers/compose.test.ts holds them to it. */
export const images = {
  kafka: 'apache/kafka:4.1.1',
  registry: 'apicurio/apicurio-registry:3.3.3',
  clickhouse: 'clickhouse/clickhouse-server:26.9',
} as const

/** Kafka, registry and ClickHouse as containers. */
export type ContainerStack = { readonly addresses: Addresses; stop(): Promise<void> }

type Credentials = { readonly username: string; readonly password: string }

const startWithinMs = 180_000

/** Starts the three at once; resolves when each of them answers. Stops those that did when one does not. */
export async function startContainers(credentials: Credentials): Promise<ContainerStack> {
  const starting = [startKafka(), startRegistry(), startClickHouse(credentials)] as const
  const settled = await Promise.allSettled(starting)
  const stop = async () => {
    const started = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value.container] : []))
    await Promise.all(started.map((container) => container.stop()))
  }
  try {
    const [kafka, registry, clickhouse] = await Promise.all(starting)
    const addresses = { brokers: [kafka.address], registryUrl: registry.address, clickhouseUrl: clickhouse.address }
    return { addresses, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Testcontainers' own generator of ports is an ES module that it loads with `require`, which Jest refuses on Node 20. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

type Started = { readonly container: StartedTestContainer; readonly address: string }

/** A broker tells clients its own address, so the port on the host must be known before it starts. */
async function startKafka(): Promise<Started> {
  const port = await freePort()
  const { host } = (await getContainerRuntimeClient()).info.containerRuntime
  const container = await new GenericContainer(images.kafka)
    .withExposedPorts({ container: 9094, host: port })
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: 'INTERNAL://:9092,CONTROLLER://:9093,EXTERNAL://:9094',
      KAFKA_ADVERTISED_LISTENERS: `INTERNAL://localhost:9092,EXTERNAL://${host}:${port}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,EXTERNAL:PLAINTEXT',
      KAFKA_INTER_BROKER_LISTENER_NAME: 'INTERNAL',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS: '4',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .withStartupTimeout(startWithinMs)
    .start()
  return { container, address: `${container.getHost()}:${port}` }
}

/** Schemas in memory: they are needed no longer than the broker. */
async function startRegistry(): Promise<Started> {
  const container = await new GenericContainer(images.registry)
    .withExposedPorts(8080)
    .withEnvironment({ APICURIO_RULES_GLOBAL_COMPATIBILITY: 'BACKWARD' })
    .withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', 8080))
    .withStartupTimeout(startWithinMs)
    .start()
  return { container, address: `http://${container.getHost()}:${container.getMappedPort(8080)}/apis/ccompat/v7` }
}

async function startClickHouse({ username, password }: Credentials): Promise<Started> {
  const container = await new GenericContainer(images.clickhouse)
    .withExposedPorts(8123)
    .withEnvironment({ CLICKHOUSE_USER: username, CLICKHOUSE_PASSWORD: password })
    .withUlimits({ nofile: { soft: 262_144, hard: 262_144 } })
    .withWaitStrategy(Wait.forHttp('/ping', 8123))
    .withStartupTimeout(startWithinMs)
    .start()
  return { container, address: `http://${container.getHost()}:${container.getMappedPort(8123)}` }
}
