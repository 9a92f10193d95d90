import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CatalogError } from './catalog-error.ts'
import { type FeatureCells, featureCells } from './feature-cells.ts'
import { toFeatureRow } from './feature-parse.ts'
import type { FeatureRow } from './feature-row.ts'
import { readFeatureTable, type TableRow } from './feature-table.ts'
import type { IndicatorRow } from './indicator-row.ts'
import { loadCatalog } from './indicators.ts'
import { catalogFile } from './project-root.ts'

const DEFAULT_FILE = catalogFile('indicator_feature_schema_v1.csv')

/**
 * Reads and checks the feature schema of a file (default: the one of `catalog/`) against the indicators it is made of.
 * Throws {@link CatalogError} as {@link parseFeatures} does, and what the file system throws.
 */
export function loadFeatures(
  indicators: readonly IndicatorRow[] = loadCatalog(),
  file: string | URL = DEFAULT_FILE,
): readonly FeatureRow[] {
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  return parseFeatures(readFileSync(path, 'utf8'), path, indicators)
}

/**
 * Parses the text of a feature schema into rows, in file order. `file` is only named in errors.
 * Throws {@link CatalogError} naming file, line and column: not CSV, another set of columns, a malformed cell, an unknown
 * transform or parameter, an indicator or output that is not there, and an id, alias or ordinal used twice.
 */
export function parseFeatures(
  csvText: string,
  file: string,
  indicators: readonly IndicatorRow[],
): readonly FeatureRow[] {
  const byId = new Map(indicators.map((indicator) => [indicator.id, indicator]))
  const rows = readFeatureTable(csvText, file, Object.keys(featureCells.shape)).map((row) =>
    toFeatureRow(parseCells(row, file), { file, line: row.line }, byId),
  )
  checkNames(rows)
  checkOrdinals(rows)
  return rows
}

/** The feature with this id or alias; undefined when there is none. */
export function featureNamed<Row extends FeatureRow>(features: readonly Row[], name: string): Row | undefined {
  return features.find(({ id, aliases }) => id === name || aliases.includes(name))
}

function parseCells({ cells, line }: TableRow, file: string): FeatureCells {
  const parsed = featureCells.safeParse(cells)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const [column = '', ...inside] = (issue?.path ?? []).map(String)
  const where = inside.length === 0 ? '' : ` at ${inside.join('.')}`
  const problem = `${issue?.message ?? 'malformed'}${where}, but the cell is ${JSON.stringify(cells[column] ?? '')}`
  throw new CatalogError('CATALOG_CELL', { file, line, column }, problem)
}

function checkNames(rows: readonly FeatureRow[]): void {
  const used = new Map<string, FeatureRow>()
  const take = (name: string, column: string, row: FeatureRow): void => {
    const other = used.get(name)
    used.set(name, row)
    if (other === undefined) return
    const problem = `${name} already names ${other.id}, line ${other.line}`
    throw new CatalogError('CATALOG_DUPLICATE_ID', { file: row.file, line: row.line, column }, problem)
  }
  for (const row of rows) take(row.id, 'feature_id', row)
  for (const row of rows) for (const alias of row.aliases) take(alias, 'aliases', row)
}

function checkOrdinals(rows: readonly FeatureRow[]): void {
  const used = new Map<string, FeatureRow>()
  for (const row of rows) {
    const place = `${row.pack} ${row.ordinal}`
    const other = used.get(place)
    used.set(place, row)
    if (other === undefined) continue
    const problem = `ordinal ${row.ordinal} of ${row.pack} is already that of ${other.id}, line ${other.line}`
    throw new CatalogError('CATALOG_DUPLICATE_ID', { file: row.file, line: row.line, column: 'ordinal' }, problem)
  }
}
