import { CatalogError } from '../catalog/catalog-error.ts'
import type { FileKind } from './file-kind.ts'
import { kindOf, parseRow } from './file-layout.ts'
import { compareInputs } from './load-order.ts'
import { CellError } from './parse-cells.ts'
import type { RawInput, RowContext } from './rows.ts'
import type { TableFile } from './table-file.ts'

/** A line that is not loaded, and why. */
export type RefusedLine = { readonly line: number; readonly why: string }

/** One file of a load: its records in the order of `compareInputs`, then of the file; `undefined` stands for a refused line. */
export type LoadFile = {
  readonly name: string
  readonly sha256: string
  readonly kind: FileKind
  readonly rows: readonly { readonly line: number; readonly input: RawInput | undefined }[]
  readonly refused: readonly RefusedLine[]
}

/**
 * Reads every line of a file as a record or refuses it. `asked` is its kind where the header is not to decide. Throws
 * `LoadRefusedError` for a file of no kind, or without a column that its kind needs.
 */
export function toLoadFile(table: TableFile, context: RowContext, asked?: FileKind): LoadFile {
  const kind = kindOf(table, asked, context)
  const refused: RefusedLine[] = []
  const rows = table.rows.map(({ line, cells }) => {
    try {
      return { line, input: parseRow(kind, cells, table.name, context) }
    } catch (error) {
      if (!(error instanceof CellError || error instanceof CatalogError)) throw error
      refused.push({ line, why: error.message })
      return { line, input: undefined }
    }
  })
  rows.sort((a, b) => compareInputs(a.input, b.input))
  return { name: table.name, sha256: table.sha256, kind, rows, refused }
}
