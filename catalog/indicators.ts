import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type CsvError, parse } from 'csv-parse/sync'
import type { z } from 'zod'
import { CatalogError } from './catalog-error.ts'
import { type IndicatorRow, indicatorCells } from './indicator-row.ts'
import { catalogFile } from './project-root.ts'

const DEFAULT_FILE = catalogFile('indicators_catalog_L1.csv')

const COLUMNS = Object.keys(indicatorCells.shape)

type CsvRecord = { readonly record: readonly string[]; readonly info: { readonly lines: number } }

/**
 * Reads and checks the L1 indicator catalog of a file (default: the one of `catalog/`).
 * Throws {@link CatalogError} as {@link parseIndicatorCatalog} does, and what the file system throws.
 */
export function loadIndicatorCatalog(file: string | URL = DEFAULT_FILE): readonly IndicatorRow[] {
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  return parseIndicatorCatalog(readFileSync(path, 'utf8'), path)
}

/**
 * Parses the text of an L1 indicator catalog into rows, in file order. `file` is only named in errors.
 * Throws {@link CatalogError} naming file, line and column: not CSV, another set of columns, a malformed cell, an id used twice.
 */
export function parseIndicatorCatalog(csvText: string, file: string): readonly IndicatorRow[] {
  const [header, ...records] = parseCsv(csvText, file)
  checkColumns(header?.record ?? [], file)
  const lineOfId = new Map<string, number>()
  return records.map(({ record, info }) => {
    const row = parseRow(record, header?.record ?? [], file, info.lines)
    const first = lineOfId.get(row.id)
    if (first !== undefined) {
      const place = { file, line: row.line, column: 'indicator_id', id: row.id }
      throw new CatalogError('CATALOG_DUPLICATE_ID', place, `the id is already used on line ${first}`)
    }
    lineOfId.set(row.id, row.line)
    return row
  })
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

function checkColumns(header: readonly string[], file: string): void {
  const fail = (column: string, problem: string) => {
    throw new CatalogError('CATALOG_COLUMNS', { file, line: 1, column }, problem)
  }
  header.forEach((column, position) => {
    if (!COLUMNS.includes(column)) fail(column, 'unknown column')
    if (header.indexOf(column) !== position) fail(column, 'repeated column')
  })
  for (const column of COLUMNS) if (!header.includes(column)) fail(column, 'missing column')
}

function parseRow(record: readonly string[], header: readonly string[], file: string, line: number): IndicatorRow {
  const cells = Object.fromEntries(header.map((column, position) => [column, record[position] ?? '']))
  const parsed = indicatorCells.safeParse(cells)
  if (!parsed.success) throw cellError(parsed.error, cells, file, line)
  const row = parsed.data
  return {
    id: row.indicator_id,
    name: row.name,
    family: row.family_role_primary,
    version: row.indicator_version,
    inputs: row.inputs,
    requiredFields: row.required_fields,
    params: row.default_params,
    defaultTimeframes: row.default_timeframes,
    outputs: row.outputs,
    formula: row.formula_pseudocode,
    seedingRule: row.seeding_rule,
    degenerateRule: row.degenerate_rule,
    nullPolicy: row.null_policy,
    warmupBars: row.warmup_bars,
    memoryClass: row.memory_class,
    settleBars: row.settle_bars,
    oracle: row.oracle,
    reference: row.reference,
    file,
    line,
  }
}

function cellError(error: z.ZodError, cells: Readonly<Record<string, string>>, file: string, line: number) {
  const issue = error.issues[0]
  const [column, ...inside] = (issue?.path ?? []).map(String)
  const where = inside.length === 0 ? '' : ` at ${inside.join('.')}`
  const value = JSON.stringify(cells[column ?? ''] ?? '').slice(0, 80)
  const place = { file, line, column, id: cells.indicator_id }
  return new CatalogError('CATALOG_CELL', place, `${issue?.message ?? 'malformed'}${where}, but the cell is ${value}`)
}
