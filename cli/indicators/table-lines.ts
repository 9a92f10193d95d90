import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { UnreadableFileError, whyNot } from '../../load/table-file.ts'

/** A row of a table file: its cells as text by column name, and its line (CSV) or row number (Parquet), from 1. */
export type TableLine = { readonly line: number; readonly cells: Readonly<Record<string, string>> }

/** The rows of a table file in batches, read as they are asked for, so that a file of any length takes little memory. */
export interface TableLines extends AsyncIterable<readonly TableLine[]> {
  /** How much of the file has been read, 0 to 1. */
  readonly done: number
}

/** Rows of a batch: an await for each row would cost more than reading it. */
const BATCH = 512

/**
 * Opens a `.csv`, `.csv.gz` or `.parquet` file that has at least the columns `needed`. Parquet is read one row group at a time.
 * Throws {@link UnreadableFileError}, also while it is read.
 */
export async function openTable(path: string, needed: readonly string[]): Promise<TableLines> {
  const file = { path, needed, size: 0, read: 0 }
  try {
    file.size = (await stat(path)).size
  } catch (cause) {
    throw new UnreadableFileError(path, whyNot(cause), cause)
  }
  return {
    get done() {
      return file.size === 0 ? 1 : Math.min(1, file.read / file.size)
    },
    [Symbol.asyncIterator]: () => worded(path, path.endsWith('.parquet') ? parquetLines(file) : csvLines(file)),
  }
}

type OpenFile = { readonly path: string; readonly needed: readonly string[]; size: number; read: number }

async function* worded(path: string, lines: AsyncIterable<readonly TableLine[]>): AsyncGenerator<readonly TableLine[]> {
  try {
    yield* lines
  } catch (cause) {
    if (cause instanceof UnreadableFileError) throw cause
    throw new UnreadableFileError(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

async function* csvLines(file: OpenFile): AsyncGenerator<readonly TableLine[]> {
  const { path, needed } = file
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
  const text = path.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
  bytes.on('error', (error) => parser.destroy(error))
  text.on('error', (error: Error) => parser.destroy(error))
  text.pipe(parser)
  let columns: readonly string[] | undefined
  let batch: TableLine[] = []
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      file.read = bytes.bytesRead
      if (columns === undefined) {
        columns = record
        checkColumns(path, columns, needed)
        continue
      }
      const cells: Record<string, string> = {}
      for (let index = 0; index < columns.length; index += 1) cells[columns[index] ?? ''] = record[index] ?? ''
      batch.push({ line: info.lines, cells })
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
  } finally {
    bytes.destroy()
  }
  if (columns === undefined) throw new UnreadableFileError(path, 'it is empty: expected a header line')
  yield batch
}

async function* parquetLines(file: OpenFile): AsyncGenerator<readonly TableLine[]> {
  const { path, needed } = file
  const buffer = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(buffer)
  const columns = metadata.schema.filter(({ num_children }) => !num_children).map(({ name }) => name)
  checkColumns(path, columns, needed)
  file.size = Number(metadata.num_rows)
  let rowStart = 0
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows)
    const rows = await parquetReadObjects({ file: buffer, metadata, compressors, rowStart, rowEnd })
    yield rows.map((row, index) => {
      const cells = Object.entries(row).map(([column, value]) => [column, cellText(value)])
      return { line: rowStart + index + 1, cells: Object.fromEntries(cells) }
    })
    file.read = rowEnd
    rowStart = rowEnd
  }
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return value instanceof Date ? value.toISOString() : String(value)
}

function checkColumns(path: string, columns: readonly string[], needed: readonly string[]): void {
  const lacking = needed.filter((column) => !columns.includes(column))
  if (lacking.length === 0) return
  const [only = ''] = columns
  const separator = columns.length === 1 && /[;\t|]/.exec(only)?.[0]
  const hint = separator ? ` (cells are separated by commas, not by ${JSON.stringify(separator)})` : ''
  throw new UnreadableFileError(path, `it has no column ${lacking.join(', ')}; it has ${columns.join(', ')}${hint}`)
}
