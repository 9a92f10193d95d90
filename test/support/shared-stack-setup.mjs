import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const hostModule = fileURLToPath(new URL('./stack-host.ts', import.meta.url))
const stopWithinMs = 60_000

function startHost() {
  const child = spawn(process.execPath, ['--import', 'tsx', hostModule], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  child.stdin.on('error', () => undefined)
  const said = text(child.stderr)
  const ended = once(child, 'exit')
  const addresses = Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([line]) => line),
    ended.then(async () => {
      throw new Error(`The embedded stack did not start: ${await said}`)
    }),
  ])
  return { child, ended, addresses }
}

/**
 * Jest global setup. Nothing is started until a test asks for the stack (see shared-stack.ts): Jest's own process then starts
 * one host process, which lives until the end of the run. It answers over HTTP because test files may run in processes of
 * their own.
 */
export default async function setup() {
  let host
  const server = createServer(async (_request, response) => {
    host ??= startHost()
    try {
      response.end(await host.addresses)
    } catch (error) {
      response.writeHead(500).end(error.message)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.env.BARLINE_TEST_STACK = `http://127.0.0.1:${server.address().port}`
  globalThis.stopSharedStack = async () => {
    server.close()
    server.closeAllConnections()
    if (!host) return
    host.child.stdin.end()
    const killer = setTimeout(() => host.child.kill('SIGKILL'), stopWithinMs)
    await host.ended
    clearTimeout(killer)
  }
}
