import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { notImplemented } from './exception.ts'

/** What one HTTP request asks for, apart from its body. */
export type QueryRequest = {
  path: string
  query: string
  queryId: string
  database: string | undefined
  defaultFormat: string
  settings: Array<[name: string, value: string]>
  acceptsGzip: boolean
  readonly: boolean
}

// Parameters of the HTTP interface itself; every other one is a setting, or a query parameter if named `param_…`.
const own = new Set(
  (
    'query database default_format query_id user password quota_key role compress decompress enable_http_compression ' +
    'http_zlib_compression_level wait_end_of_query buffer_size send_progress_in_http_headers ' +
    'http_headers_progress_interval_ms client_protocol_version cancel_http_readonly_queries_on_client_close ' +
    'http_write_exception_in_output_format log_comment'
  ).split(' '),
)

/** Reads URL and headers. Throws a ClickHouseException (code 48) for what the embedded server does not offer. */
export function readRequest(request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): QueryRequest {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const given = url.searchParams
  const header = (name: string): string | undefined => {
    const value = request.headers[name]
    return Array.isArray(value) ? value[0] : value
  }
  if (given.has('session_id')) throw notImplemented('HTTP sessions (session_id)')
  if (given.get('compress') === '1' || given.get('decompress') === '1') {
    throw notImplemented("compress=1 or decompress=1 (ClickHouse's own framing); use gzip")
  }
  const settings: Array<[string, string]> = []
  for (const [name, value] of given) if (!own.has(name) && /^\w+$/.test(name)) settings.push([name, value])
  return {
    path: url.pathname,
    query: given.get('query') ?? '',
    queryId: given.get('query_id') || header('x-clickhouse-query-id') || randomUUID(),
    database: given.get('database') || header('x-clickhouse-database'),
    defaultFormat: given.get('default_format') || header('x-clickhouse-format') || 'TabSeparated',
    settings,
    acceptsGzip:
      given.get('enable_http_compression') === '1' && /\bgzip\b/.test(String(request.headers['accept-encoding'])),
    readonly: request.method === 'GET' || request.method === 'HEAD',
  }
}

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/

/**
 * Whether a request may come in at all. The port is open to every program of this machine, a browser among them; a
 * foreign page must not be able to send SQL to it, neither directly (Origin) nor by a rebound host name (Host).
 */
export function isLocal(headers: IncomingMessage['headers']): boolean {
  const origin = headers.origin
  const originHost = origin === undefined ? 'localhost' : origin.replace(/^https?:\/\//, '')
  return loopback.test(headers.host ?? 'localhost') && loopback.test(originHost)
}
