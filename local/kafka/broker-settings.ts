/** Where one broker listens and keeps its log. */
export type BrokerPlace = { port: number; controllerPort: number; logDir: string }

const forGood = '2147483647'

/** The settings of a broker that is its own controller, reachable from this machine only. */
export const brokerSettings = ({ port, controllerPort, logDir }: BrokerPlace): Record<string, string> => ({
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  'log.dirs': logDir,

  // A misspelt topic is an error, not a new topic.
  'auto.create.topics.enable': 'false',
  'num.partitions': '1',

  // Seven days after a group's last member left, a broker forgets its offsets by default. A pipeline may rest longer.
  'offsets.retention.minutes': forGood,
  'transactional.id.expiration.ms': forGood,

  'default.replication.factor': '1',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',

  // Few internal partitions and no waiting for members that do not come: a quick start.
  'offsets.topic.num.partitions': '8',
  'transaction.state.log.num.partitions': '8',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '1000',

  'num.network.threads': '2',
  'num.io.threads': '4',
  'log.cleaner.dedupe.buffer.size': String(32 * 1024 * 1024),
})

/** The text of a Java properties file. Characters beyond ASCII are escaped, as the format asks. */
export const propertiesText = (settings: Record<string, string>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${escapeValue(value)}\n`)
    .join('')

const escapeValue = (value: string): string =>
  value
    .replaceAll('\\', '\\\\')
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
