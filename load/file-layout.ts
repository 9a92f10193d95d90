import { type FileKind, fileKinds } from './file-kind.ts'
import { LoadRefusedError } from './load-error.ts'
import { effectiveColumns } from './row-times.ts'
import { type Cells, parseBar, parseEvent, type RawInput, type RowContext } from './rows.ts'
import { parseFundamental, parseMacro, parsePosition, parseQuote } from './side-rows.ts'
import type { TableFile } from './table-file.ts'

type FileLayout = {
  /** Columns that no other kind has: a header with all of them is of this kind. */
  readonly marks: readonly string[]
  /** Columns that a file needs; of an inner list, one. */
  readonly needed: readonly (string | readonly string[])[]
  /** Whether a figure has to say when it was published, unless `--published-after` does. */
  readonly isPublished?: boolean
  readonly parse: (cells: Cells, file: string, context: RowContext) => RawInput
}

const layouts: Readonly<Record<FileKind, FileLayout>> = {
  bars: {
    marks: ['open', 'high', 'low', 'close'],
    needed: ['symbol', 'timeframe', 'ts_open_utc', 'open', 'high', 'low', 'close', 'volume'],
    parse: parseBar,
  },
  events: {
    marks: ['event_type'],
    needed: ['symbol', 'event_type', effectiveColumns],
    parse: (cells, _file, context) => parseEvent(cells, context),
  },
  fundamentals: {
    marks: ['item'],
    needed: ['symbol', 'item', 'period_end', 'value'],
    isPublished: true,
    parse: parseFundamental,
  },
  macro: { marks: ['series'], needed: ['series', 'period_end', 'value'], isPublished: true, parse: parseMacro },
  positions: {
    marks: ['portfolio'],
    needed: ['symbol', 'portfolio', 'quantity', effectiveColumns],
    parse: parsePosition,
  },
  quotes: {
    marks: ['bid', 'ask'],
    needed: ['symbol', ['effective_at_utc', 'ts_utc'], 'bid', 'ask', 'bid_size', 'ask_size'],
    parse: parseQuote,
  },
}

const published = ['known_at_utc', 'known_date'] as const

/**
 * The kind of a file: the one asked for, or the one that its header shows. Throws {@link LoadRefusedError} when that is none or
 * several, and when a column is missing, which it names.
 */
export function kindOf({ path, columns }: TableFile, asked: FileKind | undefined, context: RowContext): FileKind {
  const kind = asked ?? markedKind(path, columns)
  const { needed, isPublished } = layouts[kind]
  const lacking = needed.filter((one) => ![one].flat().some((column) => columns.includes(column)))
  if (lacking.length > 0) {
    const names = lacking.map((one) => [one].flat().join(' or ')).join(', ')
    throw new LoadRefusedError(`${path} holds ${kind}, but has no column ${names}; it has ${columns.join(', ')}`)
  }
  const isDated = context.publishedAfterMs !== undefined || published.some((column) => columns.includes(column))
  if (isPublished && !isDated) {
    throw new LoadRefusedError(
      `${path} holds ${kind}, but no column known_at_utc or known_date says when each value was published; ` +
        'add one, or declare how long after the end of its period it is, for example --published-after 45d',
    )
  }
  return kind
}

/** The record of a line of a file of this kind. Throws `CellError`. */
export function parseRow(kind: FileKind, cells: Cells, file: string, context: RowContext): RawInput {
  return layouts[kind].parse(cells, file, context)
}

function markedKind(path: string, columns: readonly string[]): FileKind {
  const marked = fileKinds.filter((kind) => layouts[kind].marks.every((column) => columns.includes(column)))
  const [kind] = marked
  if (kind && marked.length === 1) return kind
  const has = `it has ${columns.join(', ')}`
  if (marked.length > 1) {
    throw new LoadRefusedError(`${path} could hold ${marked.join(' or ')}; say which with --kind; ${has}`)
  }
  const signs = fileKinds.map((each) => `${each} (${layouts[each].marks.join(', ')})`).join(', ')
  throw new LoadRefusedError(`${path} has the columns of no kind of file: ${signs}; ${has}`)
}
