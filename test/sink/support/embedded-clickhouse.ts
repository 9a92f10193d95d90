import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rememberedPorts } from '../../../local/ports.ts'

/** A ClickHouse for one test file, on a port and a directory of its own. */
export type EmbeddedClickHouse = { readonly url: string; stop(): Promise<void> }

export async function startEmbeddedClickHouse(): Promise<EmbeddedClickHouse> {
  const dir = await mkdtemp(join(tmpdir(), 'barline-sink-'))
  const port = await rememberedPorts(dir).choose('clickhouse')
  const args = ['--import', 'tsx', 'local/clickhouse/server.ts', '--dir', dir, '--port', String(port)]
  const env = { ...process.env, NODE_OPTIONS: '', TZ: 'UTC' }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString()
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  const deadline = Date.now() + 60_000
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`ClickHouse did not start: ${log}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await exited
      clearTimeout(killer)
      await rm(dir, { recursive: true, force: true })
    },
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/ping`, { signal: AbortSignal.timeout(1_000) }).then(
    (response) => response.ok,
    () => false,
  )
