import { type CsvError, parse } from 'csv-parse/sync'
import { CatalogError } from './catalog-error.ts'

/** A row of a table by column, and its 1-based line. */
export type TableRow = { readonly cells: Readonly<Record<string, string>>; readonly line: number }

type CsvRecord = { readonly record: readonly string[]; readonly info: { readonly lines: number } }

/**
 * The rows of a CSV text that has exactly `columns`, in any order.
 * Throws {@link CatalogError} with the line: not CSV; a column that is unknown, repeated or missing.
 */
export function readFeatureTable(csvText: string, file: string, columns: readonly string[]): readonly TableRow[] {
  const [header, ...records] = parseCsv(csvText, file)
  const names = header?.record ?? []
  checkColumns(names, columns, file)
  return records.map(({ record, info }) => ({
    cells: Object.fromEntries(names.map((name, at) => [name, record[at] ?? ''])),
    line: info.lines,
  }))
}

function parseCsv(csvText: string, file: string): readonly CsvRecord[] {
  try {
    return parse(csvText, { bom: true, info: true, skip_empty_lines: true }) as unknown as CsvRecord[]
  } catch (error) {
    if (!isCsvError(error)) throw error
    const line = typeof error.lines === 'number' ? error.lines : undefined
    throw new CatalogError('CATALOG_SYNTAX', { file, line }, error.message, error)
  }
}

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_')
}

function checkColumns(names: readonly string[], columns: readonly string[], file: string): void {
  const fail = (column: string, problem: string): never => {
    throw new CatalogError('CATALOG_COLUMNS', { file, line: 1, column }, problem)
  }
  for (const [at, name] of names.entries()) {
    if (!columns.includes(name)) fail(name, 'unknown column')
    if (names.indexOf(name) !== at) fail(name, 'repeated column')
  }
  for (const column of columns) if (!names.includes(column)) fail(column, 'missing column')
}
