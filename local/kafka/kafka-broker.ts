import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from '../cache.ts'
import { ensureJava } from '../java.ts'
import { mavenDependencies } from '../maven.ts'
import { type Launch, Part, type PartSetting } from '../part.ts'
import type { Ports } from '../ports.ts'
import { runTool } from '../run-tool.ts'
import { answers } from './answers.ts'
import { brokerSettings, type ProxiedListener, propertiesText } from './broker-settings.ts'

/** The cache folder with Kafka's jars; fetched if need be. */
export const kafkaJars = (): Promise<string> => mavenDependencies('kafka')

/** An Apache Kafka broker that is its own controller. */
export class KafkaBroker extends Part {
  readonly name = 'Kafka'
  protected readonly startWithinMs = 90_000
  readonly #dir: string
  readonly #ports: Ports
  readonly #proxyPort: number | undefined
  #port = 0
  #proxiedPort = 0

  /** With a `proxyPort` the broker listens on a port more, and tells clients who come there to come through the proxy. */
  constructor(dir: string, ports: Ports, setting: PartSetting, proxyPort?: number) {
    super(setting)
    this.#dir = dir
    this.#ports = ports
    this.#proxyPort = proxyPort
  }

  /** Bootstrap addresses, `host:port`. */
  get brokers(): string[] {
    return [`127.0.0.1:${this.#port}`]
  }

  /** The port that the proxy has to connect to; 0 without one. */
  get proxiedPort(): number {
    return this.#proxiedPort
  }

  protected async prepare(): Promise<Launch> {
    const [java, jars] = await Promise.all([ensureJava(), kafkaJars()])
    this.#port = await this.#ports.choose('kafka')
    const controllerPort = await this.#ports.choose('kafka-controller')
    const proxied = await this.#proxiedListener()
    const logDir = join(this.#dir, 'log')
    const configuration = join(this.#dir, 'server.properties')
    await mkdir(logDir, { recursive: true })
    await writeFile(
      configuration,
      propertiesText(brokerSettings({ port: this.#port, controllerPort, logDir, proxied })),
    )
    const classPath = ['-cp', join(jars, '*')]
    if (!(await exists(join(logDir, 'meta.properties')))) {
      const format = ['format', '--standalone', '--cluster-id', newClusterId(), '--config', configuration]
      await runTool('the log directory of Kafka', java.command, [
        ...quickStart,
        ...classPath,
        'kafka.tools.StorageTool',
        ...format,
      ])
    }
    return { command: java.command, args: [...broker, ...classPath, 'kafka.Kafka', configuration] }
  }

  async #proxiedListener(): Promise<ProxiedListener | undefined> {
    if (this.#proxyPort === undefined) return undefined
    this.#proxiedPort = await this.#ports.choose('kafka-proxied')
    return { port: this.#proxiedPort, advertisedPort: this.#proxyPort }
  }

  protected isHealthy(): Promise<boolean> {
    return answers(this.#port)
  }

  protected override likelyCause(log: string): string | undefined {
    if (/Failed to acquire lock on file/.test(log)) return 'another broker uses the same data directory'
    if (/UnsupportedClassVersionError/.test(log)) return 'the Java runtime is too old'
    return super.likelyCause(log)
  }
}

/** A random id as Kafka makes them: one that begins with a hyphen would be taken for an option, so it is drawn again. */
function newClusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? newClusterId() : id
}

const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']
const broker = [
  '-Xmx512m',
  '-XX:+UseSerialGC',
  // A third of the broker's work in a demo was its second compiler, which pays off only where a broker runs for hours.
  '-XX:TieredStopAtLevel=1',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss,SSS',
]
