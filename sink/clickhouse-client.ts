import { addAbortSignal, Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { ClickHouseUnavailableError } from './errors.ts'
import { refusalOf, serverCodeIn } from './server-codes.ts'
import { quoteTable } from './sql-text.ts'

/** Where ClickHouse is and how long it may take. */
export type ClickHouseOptions = {
  /** HTTP endpoint, for example `http://127.0.0.1:8123`. */
  readonly url: string
  readonly username?: string
  readonly password?: string
  /** Longest time for one statement. Keep it below the consumer's session timeout. */
  readonly deadlineMs?: number
  /** Idle connections close after this; keep it below the server's `keep_alive_timeout` (10 s; 3 s before 23.11). */
  readonly idleSocketTtlMs?: number
}

/** Values of the `{name:Type}` parameters of a statement. */
export type QueryParameters = Readonly<Record<string, string | number | boolean | Date | readonly (string | number)[]>>

/** Rows for one table, sent as one block under one deduplication token. */
export type InsertRequest = {
  readonly table: { readonly database: string; readonly name: string }
  readonly format: string
  /** Pieces of the body, in order; left alone until the promise settles. */
  readonly body: readonly Uint8Array[]
  readonly token: string
}

/**
 * ClickHouse, as the rest of `sink/` sees it. Each call throws `ClickHouseUnavailableError` (try again) or
 * `ClickHouseRejectedError` (do not).
 */
export interface ClickHouse {
  /** Runs a statement that returns nothing. */
  command(sql: string): Promise<void>
  /** Runs a SELECT without FORMAT clause; a row is an object by column name, 64-bit integers are numbers. */
  rows<Row>(sql: string, parameters?: QueryParameters, deadlineMs?: number): Promise<Row[]>
  /** Runs a SELECT with FORMAT clause and hands out the answer as it comes; the deadline covers the whole of it. */
  stream(sql: string, parameters?: QueryParameters, deadlineMs?: number): Promise<Readable>
  /** Inserts rows and returns when ClickHouse has acknowledged them. */
  insert(request: InsertRequest): Promise<void>
  close(): Promise<void>
}

type Settings = Record<string, string | number>

type Request = {
  readonly operation: string
  readonly sql: string
  readonly settings?: Settings
  readonly parameters?: QueryParameters
  readonly body?: readonly Uint8Array[]
  readonly deadlineMs?: number
}

// The defaults of these differ between versions, and a wrong one loses or duplicates rows without an error.
const insertSettings: Settings = {
  async_insert: 0,
  insert_deduplicate: 1,
  distributed_foreground_insert: 1,
  input_format_skip_unknown_fields: 0,
  input_format_with_names_use_header: 1,
  input_format_with_types_use_header: 1,
}

const readSettings: Settings = { output_format_json_quote_64bit_integers: 0, output_format_json_quote_denormals: 1 }

/** How much longer than the server's own deadline the client waits for the server to say that it has passed. */
const answerMarginMs = 2_000

/** Opens ClickHouse over HTTP. Nothing is sent until the first call. */
export function openClickHouse(options: ClickHouseOptions): ClickHouse {
  const { url, username, password, deadlineMs = 30_000, idleSocketTtlMs = 2_500 } = options
  const client = createClient({
    url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    application: 'barline',
    request_timeout: 3_600_000,
    compression: { request: false, response: false },
    keep_alive: { enabled: true, idle_socket_ttl: idleSocketTtlMs },
    log: { level: ClickHouseLogLevel.OFF },
  })

  async function send(request: Request): Promise<Readable> {
    const { operation, sql, settings, parameters, body, deadlineMs: limitMs = deadlineMs } = request
    const signal = AbortSignal.timeout(limitMs + answerMarginMs)
    const unavailable = (cause: unknown): ClickHouseUnavailableError => {
      const text = signal.aborted ? `no answer within ${limitMs + answerMarginMs} ms` : reasonOf(cause)
      return new ClickHouseUnavailableError({ operation, text, cause })
    }
    try {
      const answer = await client.exec({
        query: sql,
        clickhouse_settings: { ...settings, max_execution_time: Math.max(1, Math.ceil(limitMs / 1000)) },
        ...(parameters === undefined ? {} : { query_params: { ...parameters } }),
        ...(body === undefined ? {} : { values: Readable.from(body, { objectMode: false }) }),
        abort_signal: signal,
        // The client keeps neither the status nor the code of an answer that it cannot parse, so errors are read here.
        ignore_error_response: true,
      })
      const stream = addAbortSignal(signal, answer.stream)
      const header = answer.response_headers['x-clickhouse-exception-code']
      const httpStatus = answer.http_status_code ?? 0
      if (httpStatus === 200 && header === undefined) return stream
      const text = await readText(stream)
      const serverCode = header === undefined ? serverCodeIn(text) : Number(header)
      throw refusalOf({ operation, httpStatus, text, ...(serverCode === undefined ? {} : { serverCode }) })
    } catch (error) {
      if (isOurs(error)) throw error
      throw unavailable(error)
    }
  }

  async function answerText(request: Request): Promise<string> {
    const stream = await send(request)
    let text: string
    try {
      text = await readText(stream)
    } catch (error) {
      throw new ClickHouseUnavailableError({
        operation: request.operation,
        text: `the answer broke off: ${reasonOf(error)}`,
        cause: error,
      })
    }
    // With status 200 already sent, a server can put an exception only into the body.
    const tail = text.slice(-8_192)
    const serverCode = /(^|\n)(__exception__|Code: \d+\. DB::)/.test(tail) ? serverCodeIn(tail) : undefined
    if (serverCode !== undefined) throw refusalOf({ operation: request.operation, serverCode, text: tail })
    return text
  }

  return {
    async command(sql) {
      await answerText({ operation: `run ${sql.slice(0, 80).replace(/\s+/g, ' ')}`, sql })
    },
    async rows<Row>(sql: string, parameters: QueryParameters = {}, limitMs = deadlineMs) {
      const settings = { ...readSettings, wait_end_of_query: 1 }
      const query = `${sql}\nFORMAT JSONEachRow`
      const text = await answerText({ operation: 'read', sql: query, settings, parameters, deadlineMs: limitMs })
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Row)
    },
    stream(sql, parameters = {}, limitMs = deadlineMs) {
      return send({ operation: 'read', sql, parameters, deadlineMs: limitMs })
    },
    async insert({ table, format, body, token }) {
      await answerText({
        operation: `insert into ${table.database}.${table.name}`,
        sql: `INSERT INTO ${quoteTable(table)} FORMAT ${format}`,
        settings: { ...insertSettings, insert_deduplication_token: token },
        body,
      })
    },
    close: () => client.close(),
  }
}

const isOurs = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  (error.code === 'CLICKHOUSE_UNAVAILABLE' || error.code === 'CLICKHOUSE_REJECTED')

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return [code, error.message].filter((part) => part !== '').join(' ') || error.name
}
