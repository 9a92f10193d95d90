/** A second listener, whose clients are told to come through a proxy: for tests that cut connections on purpose. */
export type ProxiedListener = { port: number; advertisedPort: number }

/** Where one broker listens and keeps its log. */
export type BrokerPlace = {
  port: number
  controllerPort: number
  logDir: string
  proxied?: ProxiedListener | undefined
}

type Listener = { name: string; port: number; advertisedPort?: number }

function listenersOf({ port, controllerPort, proxied }: BrokerPlace): Listener[] {
  const listeners = [
    { name: 'PLAINTEXT', port },
    { name: 'CONTROLLER', port: controllerPort },
  ]
  return proxied ? [...listeners, { name: 'PROXIED', ...proxied }] : listeners
}

const addressesOf = (listeners: Listener[], portOf: (listener: Listener) => number): string =>
  listeners.map((listener) => `${listener.name}://127.0.0.1:${portOf(listener)}`).join(',')

const forGood = '2147483647'

/** The settings of a broker that is its own controller, reachable from this machine only. */
export const brokerSettings = (place: BrokerPlace): Record<string, string> => ({
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.bootstrap.servers': `127.0.0.1:${place.controllerPort}`,
  listeners: addressesOf(listenersOf(place), ({ port }) => port),
  'advertised.listeners': addressesOf(listenersOf(place), ({ port, advertisedPort }) => advertisedPort ?? port),
  'listener.security.protocol.map': listenersOf(place)
    .map(({ name }) => `${name}:PLAINTEXT`)
    .join(','),
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  'log.dirs': place.logDir,

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
