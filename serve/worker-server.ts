import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a worker shows of itself. */
export type WorkerView = {
  readonly status: () => { readonly state: string }
  readonly metrics: () => Promise<string>
}

/** A server that answers on loopback. */
export type WorkerServer = { readonly port: number; close(): Promise<void> }

function answer(response: ServerResponse, code: number, type: string, body: string): void {
  response.writeHead(code, { 'content-type': type }).end(body)
}

async function respond(view: WorkerView, path: string | undefined, response: ServerResponse): Promise<void> {
  if (path === '/metrics') return answer(response, 200, 'text/plain; version=0.0.4', await view.metrics())
  if (path === '/status') return answer(response, 200, 'application/json', JSON.stringify(view.status()))
  if (path === '/healthz') {
    const { state } = view.status()
    return answer(response, state === 'failed' ? 503 : 200, 'text/plain', `${state}\n`)
  }
  answer(response, 404, 'text/plain', 'Try /healthz, /status or /metrics\n')
}

/** Serves `/healthz`, `/status` (JSON) and `/metrics` (Prometheus) of a worker. Port 0 = any free one. */
export async function serveWorker(view: WorkerView, options: { host: string; port: number }): Promise<WorkerServer> {
  const server: Server = createServer((request, response) => {
    respond(view, request.url?.split('?')[0], response).catch((error: unknown) =>
      answer(response, 500, 'text/plain', String(error)),
    )
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, options.host, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
