import { randomUUID } from 'node:crypto'
import type { Engine, EngineResult } from './engine.ts'
import { ClickHouseException } from './exception.ts'
import type { Lane, QueryQueue } from './query-queue.ts'
import type { QueryRequest } from './query-request.ts'
import { isRead, writtenDeadline } from './statement.ts'

export type Deadlines = {
  /** `max_execution_time` in seconds for a query that sets none. */
  defaultSeconds: number
  /** After `max_execution_time` and this long, the query is killed. */
  hardMarginMs: number
  /** After the kill and this long, the client gets its answer even if the engine goes on. */
  killGraceMs: number
}

const longestSeconds = 3600

/**
 * Queues a statement and runs it under its deadline: the engine's own `max_execution_time` first, then a kill, then an
 * answer without the engine. The lane stays taken until the engine is done in any case.
 */
export async function runQuery(
  engine: Engine,
  queue: QueryQueue,
  deadlines: Deadlines,
  request: QueryRequest,
  sql: string,
  signal: AbortSignal,
): Promise<EngineResult> {
  const lane: Lane = isRead(sql) ? 'read' : 'write'
  const seconds = deadlineSeconds(request, sql, deadlines.defaultSeconds)
  const settings = request.settings.filter(([name]) => name !== 'max_execution_time')
  const id = randomUUID()
  return await new Promise<EngineResult>((resolve, reject) => {
    const work = async (): Promise<void> => {
      const timers: NodeJS.Timeout[] = []
      const kill = (): void => void engine.kill(id).catch(() => {})
      const killLate = (): void => {
        kill()
        timers.push(setTimeout(() => reject(overrun(seconds)), deadlines.killGraceMs))
      }
      timers.push(setTimeout(killLate, seconds * 1000 + deadlines.hardMarginMs))
      // A reader who has left needs no answer; a write goes on, for the client may have seen it begin.
      if (lane === 'read') signal.addEventListener('abort', kill, { once: true })
      const statement = {
        id,
        sql,
        format: request.defaultFormat,
        database: request.database,
        settings: [...settings, ['max_execution_time', String(seconds)] as const],
        readonly: request.readonly,
      }
      try {
        resolve(await engine.run(statement))
      } catch (error) {
        reject(error)
      } finally {
        timers.forEach(clearTimeout)
        signal.removeEventListener('abort', kill)
      }
    }
    queue.run(lane, signal, work).catch(reject)
  })
}

function deadlineSeconds(request: QueryRequest, sql: string, fallback: number): number {
  const asked = request.settings.find(([name]) => name === 'max_execution_time')?.[1]
  const seconds = writtenDeadline(sql) ?? (asked === undefined ? fallback : Number(asked))
  return seconds > 0 && seconds < longestSeconds ? seconds : longestSeconds
}

const overrun = (seconds: number): ClickHouseException =>
  new ClickHouseException(
    159,
    'TIMEOUT_EXCEEDED',
    `Timeout exceeded: maximum ${seconds} s. The engine did not stop when told to: the statement is still running, it may ` +
      'yet take effect, and statements of its kind wait until it ends',
  )
