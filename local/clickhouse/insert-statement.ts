import { quoteString, words } from './sql-text.ts'

/** An INSERT whose rows are not in the statement: they follow it, in `format`. */
export type InsertStatement = {
  /** The statement up to where `FROM INFILE` belongs. */
  target: string
  /** A SETTINGS clause of the statement's own, or ''. */
  settings: string
  format: string
  /** Index into the text where the rows begin (its length when none are there yet). */
  dataStart: number
}

/**
 * Reads `INSERT INTO t [(columns)] [SETTINGS …] FORMAT f` or `… VALUES` off the beginning of `text`.
 * Returns undefined for anything else, `INSERT … SELECT` included. `text` may be one character per byte (latin1), so
 * that `dataStart` counts bytes.
 */
export function parseInsert(text: string): InsertStatement | undefined {
  let first = true
  let settingsStart: number | undefined
  let awaitingFormat: number | undefined
  for (const { text: word, start, end, depth } of words(text)) {
    if (first && word !== 'INSERT') return undefined
    first = false
    if (awaitingFormat !== undefined) {
      return insert(text, settingsStart, awaitingFormat, text.slice(start, end), afterFormat(text, end))
    }
    if (depth > 0) continue
    if (word === 'SELECT' || word === 'WITH' || word === 'INFILE') return undefined
    if (word === 'SETTINGS') settingsStart = start
    if (word === 'FORMAT') awaitingFormat = start
    if (word === 'VALUES') return insert(text, settingsStart, start, 'Values', end)
  }
  return undefined
}

/** The same insert, reading its rows from a file. Deduplication tokens work as they do for rows sent inline. */
export const insertFromFile = (insert: InsertStatement, path: string): string =>
  `${insert.target} FROM INFILE ${quoteString(path)} COMPRESSION 'none' ${insert.settings} FORMAT ${insert.format}`

function insert(
  text: string,
  settingsStart: number | undefined,
  clauseStart: number,
  format: string,
  dataStart: number,
): InsertStatement {
  const targetEnd = settingsStart ?? clauseStart
  return {
    target: text.slice(0, targetEnd).trimEnd(),
    settings: text.slice(targetEnd, clauseStart).trimEnd(),
    format,
    dataStart,
  }
}

// ClickHouse skips blanks after the format's name and then one line break; every byte after that is data.
function afterFormat(text: string, end: number): number {
  let at = end
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\f') at++
  if (text[at] === '\r') at++
  if (text[at] === '\n') at++
  return at
}
