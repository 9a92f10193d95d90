import { CatalogError } from '../catalog/catalog-error.ts'
import { LoadRefusedError } from './load-error.ts'
import { CellError } from './parse-cells.ts'
import { barColumns, eventColumns, parseBar, parseEvent, type RawInput, type RowContext } from './rows.ts'
import type { TableFile } from './table-file.ts'

/** A line that is not loaded, and why. */
export type RefusedLine = { readonly line: number; readonly why: string }

/** One file of a load: its records in order of `known_at`, then of the file; `undefined` stands for a refused line. */
export type LoadFile = {
  readonly name: string
  readonly sha256: string
  readonly rows: readonly { readonly line: number; readonly input: RawInput | undefined }[]
  readonly refused: readonly RefusedLine[]
}

function kindOf({ path, columns }: TableFile): 'bars' | 'events' {
  if (barColumns.every((column) => columns.includes(column))) return 'bars'
  if (eventColumns.every((column) => columns.includes(column))) return 'events'
  throw new LoadRefusedError(
    `${path} holds neither bars (columns ${barColumns.join(', ')}, ts_open_utc) nor events (columns ${eventColumns.join(', ')}, ` +
      `effective_date); it has ${columns.join(', ')}`,
  )
}

/** Reads every line of a file as a record or refuses it. Throws {@link LoadRefusedError} for a file of neither kind. */
export function toLoadFile(table: TableFile, context: RowContext): LoadFile {
  const kind = kindOf(table)
  const refused: RefusedLine[] = []
  const rows = table.rows.map(({ line, cells }) => {
    try {
      const input = kind === 'bars' ? parseBar(cells, table.name, context) : parseEvent(cells, context)
      return { line, input }
    } catch (error) {
      if (!(error instanceof CellError || error instanceof CatalogError)) throw error
      refused.push({ line, why: error.message })
      return { line, input: undefined }
    }
  })
  const known = (row: { input: RawInput | undefined }) => row.input?.knownAt ?? Number.NEGATIVE_INFINITY
  // Array.prototype.sort is stable: lines of one time stay in the order of the file, refused lines come first.
  rows.sort((a, b) => (known(a) < known(b) ? -1 : known(a) > known(b) ? 1 : 0))
  return { name: table.name, sha256: table.sha256, rows, refused }
}
