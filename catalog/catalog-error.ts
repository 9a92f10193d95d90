/**
 * What is wrong with a catalog file, or with a question to it.
 * `CATALOG_SYNTAX` not JSON or CSV, or a row of another width; `CATALOG_COLUMNS` an unknown, repeated or missing column;
 * `CATALOG_CELL` a value that its column or field does not allow; `CATALOG_DUPLICATE_ID` an id used twice;
 * `CATALOG_REFERENCE` a name that nothing defines; `CATALOG_NOT_IMPLEMENTED` a row that no definition computes;
 * `CATALOG_PARAMETER` an unknown, missing or bad parameter; `CATALOG_DEPENDENCY` an indicator that is not in the catalog, or a
 * cycle; `CATALOG_OUTPUTS` and `CATALOG_WARMUP` outputs or a warm-up other than what the code gives;
 * `CALENDAR_RANGE` a date or time outside the range that a calendar knows.
 */
export type CatalogErrorCode =
  | 'CATALOG_SYNTAX'
  | 'CATALOG_COLUMNS'
  | 'CATALOG_CELL'
  | 'CATALOG_DUPLICATE_ID'
  | 'CATALOG_REFERENCE'
  | 'CATALOG_NOT_IMPLEMENTED'
  | 'CATALOG_PARAMETER'
  | 'CATALOG_DEPENDENCY'
  | 'CATALOG_OUTPUTS'
  | 'CATALOG_WARMUP'
  | 'CALENDAR_RANGE'

/** Where in a catalog: file, 1-based line, row id, column or field, each as far as it is known. */
export type CatalogPlace = {
  readonly file: string
  readonly line?: number | undefined
  readonly column?: string | undefined
  readonly id?: string | undefined
}

/** A catalog that cannot be honoured, or that does not hold what was asked of it. Retrying does not help. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError'
  readonly retriable = false
  readonly code: CatalogErrorCode
  readonly file: string
  readonly line: number | undefined
  readonly column: string | undefined
  readonly id: string | undefined

  constructor(code: CatalogErrorCode, place: CatalogPlace, problem: string, cause?: unknown) {
    super(`${describePlace(place)}: ${problem}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.file = place.file
    this.line = place.line
    this.column = place.column
    this.id = place.id
  }
}

function describePlace({ file, line, column, id }: CatalogPlace): string {
  const position = line === undefined ? file : `${file}:${line}`
  const row = id === undefined ? '' : ` row ${id}`
  return column === undefined ? position + row : `${position}${row}, ${column}`
}
