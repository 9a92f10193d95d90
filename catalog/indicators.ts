import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type CsvError, parse } from 'csv-parse/sync'
import type { z } from 'zod'
import { CatalogError } from './catalog-error.ts'
import { compositeCells, indicatorCells } from './indicator-cells.ts'
import type { IndicatorRow } from './indicator-row.ts'
import { catalogFile } from './project-root.ts'

const L1_FILE = catalogFile('indicators_catalog_L1.csv')
const COMPOSITE_FILE = catalogFile('indicators_catalog_L2L3.csv')

/** Event time of a row of L1: there is one rule for all. */
const OWN_BAR = "event time = ts_close of the symbol's own bar; emitted once per final bar"

/** How the rows of one of the two catalogs are written. */
type Form<Cells extends z.ZodObject> = {
  readonly cells: Cells
  toRow(cells: z.output<Cells>, file: string, line: number): IndicatorRow
}

type CsvRecord = { readonly record: readonly string[]; readonly info: { readonly lines: number } }

/**
 * The whole indicator catalog of `catalog/`: L1, then L2 and L3. Throws {@link CatalogError} as {@link parseIndicatorCatalog}
 * does, and where an id stands in both files or a declared dependency in neither.
 */
export function loadCatalog(): readonly IndicatorRow[] {
  const rows = [...loadIndicatorCatalog(), ...loadCompositeCatalog()]
  const known = new Map<string, IndicatorRow>()
  for (const row of rows) {
    const other = known.get(row.id)
    const place = { file: row.file, line: row.line, column: 'indicator_id', id: row.id }
    if (other) throw new CatalogError('CATALOG_DUPLICATE_ID', place, `the id is used in ${other.file}:${other.line}`)
    known.set(row.id, row)
  }
  for (const { file, line, id, dependencies } of rows) {
    const unknown = dependencies.find((dependency) => !known.has(dependency))
    const place = { file, line, column: 'dependencies_L1', id }
    if (unknown !== undefined) throw new CatalogError('CATALOG_DEPENDENCY', place, `needs ${unknown}, which has no row`)
  }
  return rows
}

/**
 * Reads and checks the L1 indicator catalog of a file (default: the one of `catalog/`).
 * Throws {@link CatalogError} as {@link parseIndicatorCatalog} does, and what the file system throws.
 */
export function loadIndicatorCatalog(file: string | URL = L1_FILE): readonly IndicatorRow[] {
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  return parseIndicatorCatalog(readFileSync(path, 'utf8'), path)
}

/** As {@link loadIndicatorCatalog}, for the catalog of L2 and L3. */
export function loadCompositeCatalog(file: string | URL = COMPOSITE_FILE): readonly IndicatorRow[] {
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  return parseCompositeCatalog(readFileSync(path, 'utf8'), path)
}

/**
 * Parses the text of an L1 indicator catalog into rows, in file order. `file` is only named in errors.
 * Throws {@link CatalogError} naming file, line and column: not CSV, another set of columns, a malformed cell, an id used twice.
 */
export function parseIndicatorCatalog(csvText: string, file: string): readonly IndicatorRow[] {
  return parseRows(csvText, file, { cells: indicatorCells, toRow: valueRow })
}

/** As {@link parseIndicatorCatalog}, for the catalog of L2 and L3. */
export function parseCompositeCatalog(csvText: string, file: string): readonly IndicatorRow[] {
  return parseRows(csvText, file, { cells: compositeCells, toRow: compositeRow })
}

function parseRows<Cells extends z.ZodObject>(
  csvText: string,
  file: string,
  form: Form<Cells>,
): readonly IndicatorRow[] {
  const [header, ...records] = parseCsv(csvText, file)
  checkColumns(header?.record ?? [], Object.keys(form.cells.shape), file)
  const lineOfId = new Map<string, number>()
  return records.map(({ record, info }) => {
    const row = parseRow(record, header?.record ?? [], file, info.lines, form)
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

function checkColumns(header: readonly string[], columns: readonly string[], file: string): void {
  const fail = (column: string, problem: string) => {
    throw new CatalogError('CATALOG_COLUMNS', { file, line: 1, column }, problem)
  }
  header.forEach((column, position) => {
    if (!columns.includes(column)) fail(column, 'unknown column')
    if (header.indexOf(column) !== position) fail(column, 'repeated column')
  })
  for (const column of columns) if (!header.includes(column)) fail(column, 'missing column')
}

function parseRow<Cells extends z.ZodObject>(
  record: readonly string[],
  header: readonly string[],
  file: string,
  line: number,
  form: Form<Cells>,
): IndicatorRow {
  const cells = Object.fromEntries(header.map((column, position) => [column, record[position] ?? '']))
  const parsed = form.cells.safeParse(cells)
  if (!parsed.success) throw cellError(parsed.error, cells, file, line)
  return form.toRow(parsed.data, file, line)
}

function valueRow(cells: z.output<typeof indicatorCells>, file: string, line: number): IndicatorRow {
  return {
    ...sharedCells(cells),
    level: 'L1',
    scope: 'symbol',
    kind: 'value',
    dependencies: [],
    stateSpaces: {},
    alignment: OWN_BAR,
    notes: cells.notes_phase3,
    requiredFields: cells.required_fields,
    params: cells.default_params,
    formula: cells.formula_pseudocode,
    seedingRule: cells.seeding_rule,
    settleBars: cells.settle_bars,
    oracle: cells.oracle,
    file,
    line,
  }
}

function compositeRow(cells: z.output<typeof compositeCells>, file: string, line: number): IndicatorRow {
  return {
    ...sharedCells(cells),
    level: cells.level,
    scope: cells.scope,
    kind: cells.kind,
    dependencies: [...cells.dependencies_L1, ...cells.dependencies_L2L3],
    stateSpaces: cells.state_space_def,
    alignment: cells.alignment_rule,
    notes: cells.notes_phase4,
    requiredFields: cells.dependencies_external,
    params: cells.pattern_window,
    formula: cells.formula,
    seedingRule: cells.hysteresis,
    // How long a state machine remembers its start depends on what the market does, so no number is declared.
    settleBars: undefined,
    oracle: 'none',
    file,
    line,
  }
}

type SharedCells = Pick<
  z.output<typeof indicatorCells>,
  keyof z.output<typeof indicatorCells> & keyof z.output<typeof compositeCells>
>

function sharedCells(cells: Omit<SharedCells, 'output_type_primary'>) {
  return {
    id: cells.indicator_id,
    name: cells.name,
    family: cells.family_role_primary,
    version: cells.indicator_version,
    inputs: cells.inputs,
    defaultTimeframes: cells.default_timeframes,
    outputs: cells.outputs,
    degenerateRule: cells.degenerate_rule,
    nullPolicy: cells.null_policy,
    warmupBars: cells.warmup_bars,
    memoryClass: cells.memory_class,
    reference: cells.reference,
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
