import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { featuresJson } from '../../serve/features/http/answer-json.ts'
import { closeOf, dailyView, rowsPerSymbol, symbols, syntheticService } from './synthetic.ts'
import { type Timing, timed } from './timings.ts'

const calls = 1_000
const ask = { symbols, timeHorizon: '1d' } as const

/** Answers in this process: the newest rows, those of a time, and the newest when every row is new. */
export async function inProcess(): Promise<readonly Timing[]> {
  const { service, addRows } = syntheticService(dailyView())
  const anyTime = (at: number) => closeOf(1 + (at % (rowsPerSymbol - 2))) + 1_000
  return [
    await timed('in process, newest', calls, () => service.getFeatures(ask)),
    await timed('in process, as of a time', calls, (at) => service.getFeatures({ ...ask, asOf: anyTime(at) })),
    await timed('in process, newest, all rows new', 100, () => service.getFeatures(ask), { before: addRows }),
    await timed(
      'in process, newest, all rows new, as JSON',
      100,
      async () => featuresJson(await service.getFeatures(ask)),
      {
        before: addRows,
      },
    ),
  ]
}

/** Answers of another process over HTTP, on one connection that is kept, beside Node's bare server with the same bytes. */
export async function overHttp(): Promise<readonly Timing[]> {
  const script = fileURLToPath(new URL('./serve-synthetic.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const { port, plainPort, bytes } = JSON.parse(line.toString('utf8')) as Record<string, number>
    const body = JSON.stringify({ symbols, time_horizon: '1d' })
    const send = (to: number | undefined) => post(agent, to ?? 0, body)
    const size = `${Math.round((bytes ?? 0) / 1024)} KiB`
    return [
      await timed(`HTTP, newest, ${size} of JSON`, calls, () => send(port)),
      await timed('bare node:http, the same bytes', calls, () => send(plainPort)),
    ]
  } finally {
    agent.destroy()
    child.stdin.end()
    await once(child, 'exit')
  }
}

function post(agent: Agent, port: number, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(
      { agent, host: '127.0.0.1', port, path: '/v1/features', method: 'POST', headers },
      (response) => {
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
        })
        response.once('end', () =>
          response.statusCode === 200 ? resolve(bytes) : reject(new Error(`HTTP ${response.statusCode}`)),
        )
        response.once('error', reject)
      },
    )
    sent.once('error', reject)
    sent.end(body)
  })
}
