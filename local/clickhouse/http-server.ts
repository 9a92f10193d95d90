import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Engine, EngineResult } from './engine.ts'
import { ClickHouseException, exceptionCode, exceptionText, statusOf } from './exception.ts'
import type { QueryQueue } from './query-queue.ts'
import { isLocal, type QueryRequest, readRequest } from './query-request.ts'
import { readQuery } from './request-body.ts'
import { type Deadlines, runQuery } from './run-query.ts'
import { outputFormat } from './statement.ts'

const gzipBytes = promisify(gzip)

export type Serving = { engine: Engine; queue: QueryQueue; deadlines: Deadlines; spoolDir: string }

/** ClickHouse's HTTP interface over an embedded engine. The caller binds it to a loopback address. */
export function createHttpServer(serving: Serving): Server {
  const server = createServer((request, response) => {
    void handle(serving, request, response).catch((error) => response.destroy(error))
  })
  server.keepAliveTimeout = 30_000
  server.requestTimeout = 0
  return server
}

async function handle(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isLocal(request.headers)) return plain(response, 403, 'Only this machine may ask.\n')
  if (request.url === '/ping' || request.url === '/replicas_status') return plain(response, 200, 'Ok.\n')
  const left = new AbortController()
  response.on('close', () => left.abort(new Error('the client went away')))
  response.setHeader('X-ClickHouse-Server-Display-Name', 'barline-embedded')
  response.setHeader('X-ClickHouse-Timezone', serving.engine.timezone)
  try {
    const asked = readRequest(request)
    response.setHeader('X-ClickHouse-Query-Id', asked.queryId)
    if (asked.path !== '/') return plain(response, 404, `There is no ${asked.path}; queries go to /.\n`)
    await answer(serving, asked, request, response, left.signal)
  } catch (error) {
    if (response.destroyed) return
    const code = exceptionCode(error)
    response.setHeader('X-ClickHouse-Exception-Code', String(code))
    plain(response, statusOf(code), exceptionText(error, serving.engine.version))
    request.resume()
  }
}

async function answer(
  { engine, queue, deadlines, spoolDir }: Serving,
  asked: QueryRequest,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { sql, spoolFile } = await readQuery(request, asked.query, spoolDir)
  try {
    if (sql.trim() === '') {
      if (request.method === 'GET' && asked.query === '') return plain(response, 200, 'Ok.\n')
      throw new ClickHouseException(62, 'SYNTAX_ERROR', 'Syntax error: empty query')
    }
    const result = await runQuery(engine, queue, deadlines, asked, sql, signal)
    await send(response, asked, sql, spoolFile !== undefined, result)
  } finally {
    if (spoolFile) await rm(spoolFile, { force: true })
  }
}

async function send(
  response: ServerResponse,
  asked: QueryRequest,
  sql: string,
  inserted: boolean,
  result: EngineResult,
): Promise<void> {
  const format = outputFormat(sql, asked.defaultFormat)
  response.setHeader('X-ClickHouse-Format', format)
  response.setHeader('Content-Type', contentType(format))
  response.setHeader('X-ClickHouse-Summary', summary(result, inserted))
  let body: Uint8Array = result.bytes
  if (asked.acceptsGzip && body.length > 0) {
    body = await gzipBytes(body, { level: 1 })
    response.setHeader('Content-Encoding', 'gzip')
  }
  response.setHeader('Content-Length', body.length)
  response.end(body)
}

// The engine reports what it read; of an insert from a file that is what it wrote.
function summary({ rowsRead, bytesRead, bytes, elapsedSeconds }: EngineResult, inserted: boolean): string {
  const rows = String(rowsRead)
  const size = String(bytesRead)
  return JSON.stringify({
    read_rows: rows,
    read_bytes: size,
    written_rows: inserted ? rows : '0',
    written_bytes: inserted ? size : '0',
    total_rows_to_read: '0',
    result_rows: inserted ? rows : '0',
    result_bytes: String(bytes.length),
    elapsed_ns: String(Math.round(elapsedSeconds * 1e9)),
  })
}

function contentType(format: string): string {
  if (/^JSON.*EachRow|^NDJSON/i.test(format)) return 'application/x-ndjson; charset=UTF-8'
  if (/^JSON/i.test(format)) return 'application/json; charset=UTF-8'
  if (/^(TabSeparated|TSV)/i.test(format)) return 'text/tab-separated-values; charset=UTF-8'
  if (/^CSV/i.test(format)) return 'text/csv; charset=UTF-8'
  if (/^(RowBinary|Native|Parquet|Arrow|ORC|Avro|MsgPack|Protobuf|BSON|CapnProto|Npy)/i.test(format)) {
    return 'application/octet-stream'
  }
  return 'text/plain; charset=UTF-8'
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8')
  response.end(text)
}
