import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { projectRoot } from '../../../catalog/project-root.ts'
import { FeatureServiceError, type FeatureServiceErrorCode } from '../errors.ts'
import type { RunningFeatureService } from '../open-feature-service.ts'
import { createFeatureMetrics, type FeatureMetrics } from './feature-metrics.ts'
import { ARROW_TYPE } from './openapi.ts'
import { type RouteAnswer, type RouteInput, routes } from './routes.ts'

const MOST_BODY_BYTES = 4 * 1024 * 1024
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
const KEEP_ALIVE_MS = 60_000
const CLOSE_WITHIN_MS = 5_000

const statusOf: Readonly<Record<FeatureServiceErrorCode, number>> = {
  FEATURES_BAD_REQUEST: 400,
  FEATURES_UNKNOWN_SYMBOL: 404,
  FEATURES_UNKNOWN_PACK: 404,
  FEATURES_UNKNOWN_TIMEFRAME: 404,
  FEATURES_UNKNOWN_FEATURE: 404,
  FEATURES_NOT_SERVED: 404,
  FEATURES_AS_OF_AHEAD: 409,
  FEATURES_CONTRACT_CHANGED: 409,
  FEATURES_TOO_LARGE: 413,
  FEATURES_HISTORY_BEHIND: 503,
}

const pageFolder = join(projectRoot(), 'serve', 'features', 'page')
const pageFiles: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/features': { file: 'features.html', type: 'text/html; charset=utf-8' },
  '/features/page.css': { file: 'page.css', type: 'text/css; charset=utf-8' },
  '/features/page.js': { file: 'page.js', type: 'text/javascript; charset=utf-8' },
  '/features/chart.js': { file: 'chart.js', type: 'text/javascript; charset=utf-8' },
}

/** A server that answers until it is closed. */
export type FeatureServer = { readonly port: number; close(): Promise<void> }

/**
 * Serves a feature service over HTTP: the routes of `/openapi.json`, the page `/features`, `/metrics` (Prometheus) and `/healthz` (503 while the
 * log cannot be read). Connections are kept alive. Errors are JSON with the code of the error. Port 0 = any free one.
 */
export async function serveFeatures(
  service: RunningFeatureService,
  options: { readonly host: string; readonly port: number },
): Promise<FeatureServer> {
  const metrics = createFeatureMetrics(service)
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (incoming, response) => {
    const startedAt = performance.now()
    const route = routeOf(incoming)
    response.once('close', () => metrics.answered(route, response.statusCode, (performance.now() - startedAt) / 1000))
    respond(service, metrics, incoming, response).catch((error: unknown) => {
      // What of the body was not read would be taken for the next request.
      if (!incoming.complete && !response.headersSent) response.setHeader('connection', 'close')
      metrics.refused(refuse(response, error))
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, options.host, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

/** The route of a request, for metrics: those that there are, the page, and all others as one. */
function routeOf({ method = 'GET', url = '/' }: IncomingMessage): string {
  const path = url.split('?')[0] ?? '/'
  const route = `${method === 'HEAD' ? 'GET' : method} ${path}`
  if (route in routes || path === '/healthz' || path === '/metrics') return route
  return path in pageFiles || path === '/' ? 'page' : 'other'
}

async function respond(
  service: RunningFeatureService,
  metrics: FeatureMetrics,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://localhost')
  const method = incoming.method === 'HEAD' ? 'GET' : (incoming.method ?? 'GET')
  const page = method === 'GET' ? pageFiles[url.pathname] : undefined
  if (page !== undefined) return send(response, { type: page.type, body: await readFile(join(pageFolder, page.file)) })
  if (url.pathname === '/healthz') return health(service, response)
  if (url.pathname === '/metrics') return send(response, { type: METRICS_TYPE, body: await metrics.text() })
  if (url.pathname === '/') {
    response.writeHead(302, { location: '/features' }).end()
    return
  }
  const route = routes[`${method} ${url.pathname}`]
  if (route === undefined) return notThere(method, url.pathname, response)
  await send(response, await route(service, await inputOf(incoming, method, url)))
}

async function inputOf(incoming: IncomingMessage, method: string, url: URL): Promise<RouteInput> {
  const prefersArrow = (incoming.headers.accept ?? '').includes(ARROW_TYPE)
  if (method === 'GET') return { fields: Object.fromEntries(url.searchParams), prefersArrow }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BODY_BYTES) {
      throw new FeatureServiceError('FEATURES_TOO_LARGE', `A request may have ${MOST_BODY_BYTES} bytes at most`)
    }
    chunks.push(chunk)
  }
  try {
    return { fields: JSON.parse(Buffer.concat(chunks).toString('utf8')), prefersArrow }
  } catch (error) {
    throw new FeatureServiceError('FEATURES_BAD_REQUEST', `The body is not JSON: ${String(error)}`)
  }
}

async function send(response: ServerResponse, { type, body }: RouteAnswer): Promise<void> {
  const headers = { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  if (body instanceof Readable) {
    response.writeHead(200, headers)
    // An answer that breaks off ends without the last chunk, so that the other side sees it.
    await pipeline(body, response).catch(() => response.destroy())
    return
  }
  response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}

function health(service: RunningFeatureService, response: ServerResponse): void {
  const { lag, failure } = service.status()
  const text = failure === undefined ? `ok, ${lag} records behind\n` : `${failure}\n`
  response.writeHead(failure === undefined ? 200 : 503, { 'content-type': 'text/plain' }).end(text)
}

function notThere(method: string, path: string, response: ServerResponse): void {
  const methods = Object.keys(routes).filter((route) => route.endsWith(` ${path}`))
  const there =
    methods.length > 0 ? `; there is ${methods.join(', ')}` : '; see /openapi.json, or /features in a browser'
  const code = methods.length > 0 ? 405 : 404
  writeError(response, code, {
    code: 'FEATURES_BAD_REQUEST',
    message: `No ${method} ${path}${there}`,
    retriable: false,
    facts: {},
  })
}

/** Answers with an error, and gives its code. */
function refuse(response: ServerResponse, error: unknown): string {
  if (error instanceof FeatureServiceError && !response.headersSent) {
    const { code, message, retriable, facts } = error
    writeError(response, statusOf[code], { code, message, retriable, facts })
    return code
  }
  const isWorded = typeof error === 'object' && error !== null && 'code' in error && 'retriable' in error
  const code = isWorded && typeof error.code === 'string' ? error.code : 'INTERNAL'
  const retriable = isWorded && error.retriable === true
  const message = error instanceof Error ? error.message : String(error)
  if (response.headersSent) response.destroy()
  else writeError(response, retriable ? 503 : 500, { code, message, retriable, facts: {} })
  return code
}

function writeError(response: ServerResponse, status: number, error: Readonly<Record<string, unknown>>): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify({ error })}\n`)
}
