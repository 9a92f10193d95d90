import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Launch, Part, type PartSetting } from '../part.ts'
import type { Ports } from '../ports.ts'

/** ClickHouse (chDB) in a process of its own, spoken to over ClickHouse's HTTP interface. */
export class ClickHouseServer extends Part {
  readonly name = 'ClickHouse'
  protected readonly startWithinMs = 60_000
  readonly #dir: string
  readonly #ports: Ports
  #port = 0

  constructor(dir: string, ports: Ports, setting: PartSetting) {
    super(setting)
    this.#dir = dir
    this.#ports = ports
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  protected async prepare(): Promise<Launch> {
    this.#port = await this.#ports.choose('clickhouse')
    await mkdir(this.#dir, { recursive: true })
    const args = [...serverModule(), '--dir', this.#dir, '--port', String(this.#port)]
    // Each running statement holds a thread of Node's pool, and so do spooling and compression.
    return {
      command: process.execPath,
      args,
      env: { ...process.env, NODE_OPTIONS: '', TZ: 'UTC', UV_THREADPOOL_SIZE: '8' },
    }
  }

  protected async isHealthy(): Promise<boolean> {
    const answer = await fetch(`${this.url}/ping`, { signal: AbortSignal.timeout(2_000) })
    return (await answer.text()) === 'Ok.\n'
  }

  protected override likelyCause(log: string): string | undefined {
    if (/Cannot find (module|package) '(@chdb|chdb)/.test(log))
      return 'the package chdb is not installed for this platform'
    if (/CANNOT_OPEN_FILE|status file|Cannot lock file/.test(log))
      return 'another ClickHouse uses the same data directory'
    return super.likelyCause(log)
  }
}

/** The arguments that make Node run the server: from the sources through tsx, from `dist/` as it is. */
function serverModule(): string[] {
  const isSource = import.meta.url.endsWith('.ts')
  const main = fileURLToPath(new URL(isSource ? './server.ts' : './server.js', import.meta.url))
  if (!isSource) return [main]
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href, main]
}
