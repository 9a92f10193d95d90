/**
 * What is wrong with a catalog file, or with a question to it.
 * `CATALOG_SYNTAX` not JSON or CSV; `CATALOG_COLUMNS` an unknown, repeated or missing column; `CATALOG_CELL` a value that its
 * column or field does not allow; `CATALOG_DUPLICATE_ID` an id used twice; `CATALOG_REFERENCE` a name that nothing defines;
 * `CALENDAR_RANGE` a date or time outside the range that a calendar knows.
 */
export type CatalogErrorCode =
  | 'CATALOG_SYNTAX'
  | 'CATALOG_COLUMNS'
  | 'CATALOG_CELL'
  | 'CATALOG_DUPLICATE_ID'
  | 'CATALOG_REFERENCE'
  | 'CALENDAR_RANGE'

/** Where in a catalog: file, 1-based line, column or field, each as far as it is known. */
export type CatalogPlace = {
  readonly file: string
  readonly line?: number | undefined
  readonly column?: string | undefined
}

/** A catalog that cannot be honoured, or that does not hold what was asked of it. Retrying does not help. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError'
  readonly retriable = false
  readonly code: CatalogErrorCode
  readonly file: string
  readonly line: number | undefined
  readonly column: string | undefined

  constructor(code: CatalogErrorCode, place: CatalogPlace, problem: string, cause?: unknown) {
    const line = place.line === undefined ? '' : `:${place.line}`
    const column = place.column === undefined ? '' : `, ${place.column}`
    super(`${place.file}${line}${column}: ${problem}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.file = place.file
    this.line = place.line
    this.column = place.column
  }
}
