import { createRequire } from 'node:module'
import type { ChdbResult, Session } from 'chdb'
import { quoteIdentifier, quoteString } from './sql-text.ts'

/** One statement for the engine. `id` is what `kill` takes. */
export type Statement = {
  id: string
  sql: string
  format: string
  database: string | undefined
  settings: ReadonlyArray<readonly [name: string, value: string]>
  /** GET requests may not write: ClickHouse's `readonly = 2`. */
  readonly: boolean
}

export type EngineResult = { bytes: Uint8Array; rowsRead: number; bytesRead: number; elapsedSeconds: number }

/** ClickHouse in this process, on one data directory. */
export type Engine = {
  version: string
  timezone: string
  run(statement: Statement): Promise<EngineResult>
  /** Asks a running statement to stop. It then fails with code 394; when it does so is the engine's choice. */
  kill(id: string): Promise<void>
  close(): void
}

/**
 * Opens the engine. Each statement gets a connection of its own (0.2 ms), as each request to a ClickHouse server gets a
 * session of its own: settings, parameters and `USE` cannot leak, and statements on different connections run in parallel.
 */
export async function openEngine(path: string): Promise<Engine> {
  const chdb = createRequire(import.meta.url)('chdb') as typeof import('chdb')
  const open = (): Session => new chdb.Session(path)
  // The engine shuts down with its last connection, so one stays.
  const anchor = open()
  const [version = '', timezone = ''] = (await ask(anchor, 'SELECT version(), timezone()')).text().trim().split('\t')

  async function run({ id, sql, format, database, settings, readonly }: Statement): Promise<EngineResult> {
    const session = open()
    try {
      if (database !== undefined) await ask(session, `USE ${quoteIdentifier(database)}`)
      await ask(session, `SET ${assignments([...settings, ['log_comment', id], ...(readonly ? readonlySetting : [])])}`)
      const result = await session.queryAsync(sql, { format })
      return {
        bytes: result.bytes(),
        rowsRead: result.rowsRead,
        bytesRead: result.bytesRead,
        elapsedSeconds: result.elapsed,
      }
    } finally {
      session.close()
    }
  }

  async function kill(id: string): Promise<void> {
    const session = open()
    try {
      await ask(session, `KILL QUERY WHERE Settings['log_comment'] = ${quoteString(id)} ASYNC`)
    } finally {
      session.close()
    }
  }

  return { version, timezone, run, kill, close: () => anchor.close() }
}

const readonlySetting = [['readonly', '2']] as const

const ask = (session: Session, sql: string): Promise<ChdbResult> => session.queryAsync(sql, { format: 'TabSeparated' })

const assignments = (settings: ReadonlyArray<readonly [string, string]>): string =>
  settings.map(([name, value]) => `${name} = ${quoteString(value)}`).join(', ')
