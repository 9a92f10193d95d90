import { words } from './sql-text.ts'

const readers = new Set(['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS', 'FROM', 'CHECK'])

/** Whether a statement only reads, by its first word. */
export function isRead(sql: string): boolean {
  for (const { text } of words(sql)) return readers.has(text)
  return true
}

/** The format of the result: the statement's own FORMAT clause, else `fallback`. */
export function outputFormat(sql: string, fallback: string): string {
  let found = fallback
  let previous = ''
  for (const { text, start, end, depth } of words(sql)) {
    if (depth === 0 && previous === 'FORMAT') found = sql.slice(start, end)
    previous = text
  }
  return found
}

/** The `max_execution_time` (seconds) written in the statement's SETTINGS, if any. */
export function writtenDeadline(sql: string): number | undefined {
  for (const { text, end } of words(sql)) {
    if (text !== 'MAX_EXECUTION_TIME') continue
    const value = /^\s*=\s*(\d+(?:\.\d+)?)/.exec(sql.slice(end, end + 40))
    if (value) return Number(value[1])
  }
  return undefined
}
