import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

/** A row of a table file: its cells as text by column name, and its line (CSV) or row number (Parquet), from 1. */
export type TableRow = { readonly line: number; readonly cells: Readonly<Record<string, string>> }

/** A CSV or Parquet file, read whole. */
export type TableFile = {
  readonly path: string
  readonly name: string
  /** Hex sha256 of the file's bytes. */
  readonly sha256: string
  readonly columns: readonly string[]
  readonly rows: readonly TableRow[]
}

/** A file that is not a table of rows we can read. */
export class UnreadableFileError extends Error {
  readonly code = 'UNREADABLE_FILE'
  readonly retriable = false
  constructor(path: string, why: string, cause?: unknown) {
    super(`Cannot read ${path}: ${why}`, { cause })
    this.name = 'UnreadableFileError'
  }
}

/** Reads a `.csv`, `.csv.gz` or `.parquet` file. Throws {@link UnreadableFileError}. */
export async function readTableFile(path: string): Promise<TableFile> {
  try {
    const sha256 = createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
    const { columns, rows } = path.endsWith('.parquet') ? await readParquet(path) : await readCsv(path)
    return { path, name: basename(path), sha256, columns, rows }
  } catch (cause) {
    if (cause instanceof UnreadableFileError) throw cause
    throw new UnreadableFileError(path, whyNot(cause), cause)
  }
}

/** Why a file cannot be read, in words. */
export function whyNot(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return 'code' in cause && cause.code === 'ENOENT' ? 'there is no such file' : cause.message
}

type Table = { columns: string[]; rows: TableRow[] }

async function readCsv(path: string): Promise<Table> {
  if (!/\.csv(\.gz)?$/.test(path))
    throw new UnreadableFileError(path, 'expected a name ending in .csv, .csv.gz or .parquet')
  const parser = parse({
    bom: true,
    info: true,
    // Left to itself the parser takes the first line's end for that of all lines, and joins lines that end otherwise.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  })
  const bytes = createReadStream(path)
  const source = path.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
  bytes.on('error', (error) => parser.destroy(error))
  source.on('error', (error: Error) => parser.destroy(error))
  source.pipe(parser)
  let columns: string[] | undefined
  const rows: TableRow[] = []
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
    if (!columns) {
      columns = record
      continue
    }
    rows.push({
      line: info.lines,
      cells: Object.fromEntries(columns.map((column, index) => [column, record[index] ?? ''])),
    })
  }
  if (!columns) throw new UnreadableFileError(path, 'it is empty: expected a header line')
  return { columns, rows }
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return value instanceof Date ? value.toISOString() : String(value)
}

async function readParquet(path: string): Promise<Table> {
  const objects = await parquetReadObjects({ file: await asyncBufferFromFile(path), compressors })
  const columns = Object.keys(objects[0] ?? {})
  const rows = objects.map((object, index) => ({
    line: index + 1,
    cells: Object.fromEntries(Object.entries(object).map(([column, value]) => [column, cellText(value)])),
  }))
  return { columns, rows }
}
