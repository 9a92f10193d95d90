import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureJava } from '../java.ts'
import { mavenDependencies } from '../maven.ts'
import { type Launch, Part, type PartSetting } from '../part.ts'
import type { Ports } from '../ports.ts'
import { runTool } from '../run-tool.ts'

/** The cache folder with the unpacked registry; fetched if need be. */
export const registryProgram = (): Promise<string> => mavenDependencies('registry', unpack)

/** Apicurio Registry, spoken to as a Confluent schema registry. */
export class SchemaRegistryServer extends Part {
  readonly name = 'Schema registry'
  protected readonly startWithinMs = 120_000
  readonly #dir: string
  readonly #ports: Ports
  #port = 0

  constructor(dir: string, ports: Ports, setting: PartSetting) {
    super(setting)
    this.#dir = dir
    this.#ports = ports
  }

  /** The Confluent API: what clients take as the registry's host. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/apis/ccompat/v7`
  }

  protected async prepare(): Promise<Launch> {
    const [java, program] = await Promise.all([ensureJava(), registryProgram()])
    this.#port = await this.#ports.choose('registry')
    const managementPort = await this.#ports.choose('registry-management')
    await mkdir(this.#dir, { recursive: true })
    const properties = {
      'quarkus.http.host': '127.0.0.1',
      'quarkus.http.port': String(this.#port),
      'quarkus.management.host': '127.0.0.1',
      'quarkus.management.port': String(managementPort),
      'quarkus.log.console.color': 'false',
      'apicurio.rules.global.compatibility': 'BACKWARD',
      'apicurio.datasource.url': `jdbc:h2:file:${join(this.#dir, 'schemas')}`,
    }
    const args = [
      '-Xmx384m',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
      '-jar',
      join(program, 'quarkus-run.jar'),
    ]
    return { command: java.command, args }
  }

  protected async isHealthy(): Promise<boolean> {
    const answer = await fetch(`${this.url}/subjects`, { signal: AbortSignal.timeout(2_000) })
    await answer.arrayBuffer()
    return answer.ok
  }

  protected override likelyCause(log: string): string | undefined {
    if (/Database may be already in use/.test(log)) return 'another registry uses the same data directory'
    if (/UnsupportedClassVersionError/.test(log)) return 'the Java runtime is too old'
    return super.likelyCause(log)
  }
}

async function unpack(folder: string): Promise<void> {
  for (const archive of (await readdir(folder)).filter((name) => name.endsWith('.tar.gz'))) {
    await runTool('the registry', 'tar', ['-xzf', join(folder, archive), '-C', folder])
    await runTool('the registry', 'rm', ['-f', join(folder, archive)])
  }
}
