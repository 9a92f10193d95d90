import { readFileSync } from 'node:fs'
import { type CsvError, parse } from 'csv-parse/sync'
import { z } from 'zod'
import { CatalogError } from './catalog-error.ts'

import { catalogFile } from './project-root.ts'

const FILE = catalogFile('instruments.csv')

/** Symbol of the row that stands for every symbol without a row. */
const DEFAULT_SYMBOL = '*'

const cells = z.strictObject({
  symbol: z.string().regex(/^(\*|[A-Z0-9][A-Z0-9.^/_-]*)$/, 'not a symbol'),
  kind: z.enum(['equity', 'index', 'unknown']),
  calendar: z.string().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/, 'not a currency code'),
  benchmark: z.string().transform((text) => (text === '' ? undefined : text)),
  reports_volume: z.enum(['yes', 'no']).transform((text) => text === 'yes'),
  sector: z
    .string()
    .regex(/^([a-z]+(_[a-z]+)*)?$/, 'not a sector: lower case words joined by underscores')
    .transform((text) => (text === '' ? undefined : text)),
  universe: z.enum(['yes', 'no']).transform((text) => text === 'yes'),
  note: z.string(),
})

const COLUMNS = Object.keys(cells.shape)

/**
 * What the catalog says of a symbol. `benchmark` is the symbol its relative features are measured against, if any;
 * `reports_volume` says that its source gives the volume of every bar, so a moved price with volume 0 is a bar that lost it;
 * `sector` names its peers, as of today and not as of a bar; `universe` says that it is a member of the cross-section.
 */
export type Instrument = z.output<typeof cells>

/** The instrument catalog: rows by symbol, and the stated default for every other symbol. */
export type Instruments = {
  readonly bySymbol: ReadonlyMap<string, Instrument>
  readonly fallback: Instrument
}

type CsvRecord = { readonly record: readonly string[]; readonly info: { readonly lines: number } }

/** The row of `symbol`; the catalog's default row under that symbol when there is none. */
export function instrumentOf({ bySymbol, fallback }: Instruments, symbol: string): Instrument {
  return bySymbol.get(symbol) ?? { ...fallback, symbol }
}

/** Id of the calendar that `symbol` trades by. */
export function calendarOf({ bySymbol, fallback }: Instruments, symbol: string): string {
  return (bySymbol.get(symbol) ?? fallback).calendar
}

/** Whether the source of `symbol` reports volume. */
export function reportsVolume({ bySymbol, fallback }: Instruments, symbol: string): boolean {
  return (bySymbol.get(symbol) ?? fallback).reports_volume
}

/** Whether `symbol` is a member of the cross-section. */
export function isInUniverse({ bySymbol, fallback }: Instruments, symbol: string): boolean {
  return (bySymbol.get(symbol) ?? fallback).universe
}

/** The sector of `symbol`; undefined where the catalog names none. */
export function sectorOf({ bySymbol, fallback }: Instruments, symbol: string): string | undefined {
  return (bySymbol.get(symbol) ?? fallback).sector
}

/** The symbol that the relative values of `symbol` are measured against, if any. */
export function benchmarkOf({ bySymbol, fallback }: Instruments, symbol: string): string | undefined {
  return (bySymbol.get(symbol) ?? fallback).benchmark
}

/** The sectors of the universe, by name. */
export function sectorsOf(instruments: Instruments): readonly string[] {
  return [...new Set(members(instruments).flatMap(({ sector }) => (sector === undefined ? [] : [sector])))].sort()
}

/** The benchmarks of the universe. */
export function benchmarksOf(instruments: Instruments): ReadonlySet<string> {
  return new Set(members(instruments).flatMap(({ benchmark }) => (benchmark === undefined ? [] : [benchmark])))
}

function members({ bySymbol, fallback }: Instruments): readonly Instrument[] {
  return [...bySymbol.values(), fallback].filter(({ universe }) => universe)
}

/**
 * Reads the instrument catalog (default: the one of `catalog/`). `calendars` holds the ids of the known calendars.
 * Throws {@link CatalogError} as {@link parseInstruments} does, and what the file system throws.
 */
export function loadInstruments(calendars: { has(id: string): boolean }, file: URL = FILE): Instruments {
  return parseInstruments(readFileSync(file, 'utf8'), 'instruments.csv', calendars)
}

/**
 * Parses the text of an instrument catalog; `file` is only named in errors. Throws {@link CatalogError}: not CSV, other columns, a
 * malformed cell, a symbol twice, an unknown calendar, a benchmark without a row, no default row.
 */
export function parseInstruments(csvText: string, file: string, calendars: { has(id: string): boolean }): Instruments {
  const [header, ...records] = parseCsv(csvText, file)
  if (header?.record.join() !== COLUMNS.join()) {
    throw new CatalogError('CATALOG_COLUMNS', { file, line: 1 }, `the columns are ${COLUMNS.join()}`)
  }
  const bySymbol = new Map<string, Instrument>()
  for (const { record, info } of records) {
    const instrument = parseRow(record, file, info.lines)
    if (bySymbol.has(instrument.symbol)) {
      const place = { file, line: info.lines, column: 'symbol' }
      throw new CatalogError('CATALOG_DUPLICATE_ID', place, `${instrument.symbol} has a row already`)
    }
    bySymbol.set(instrument.symbol, instrument)
  }
  const fallback = bySymbol.get(DEFAULT_SYMBOL)
  if (fallback === undefined) throw new CatalogError('CATALOG_REFERENCE', { file }, `no default row (symbol *)`)
  bySymbol.delete(DEFAULT_SYMBOL)
  for (const instrument of [...bySymbol.values(), fallback]) checkReferences(instrument, bySymbol, calendars, file)
  return { bySymbol, fallback }
}

function parseCsv(csvText: string, file: string): readonly CsvRecord[] {
  try {
    return parse(csvText, { bom: true, info: true, skip_empty_lines: true }) as unknown as CsvRecord[]
  } catch (error) {
    const { lines, message } = error as CsvError
    throw new CatalogError(
      'CATALOG_SYNTAX',
      { file, line: typeof lines === 'number' ? lines : undefined },
      message,
      error,
    )
  }
}

function parseRow(record: readonly string[], file: string, line: number): Instrument {
  const parsed = cells.safeParse(Object.fromEntries(COLUMNS.map((column, position) => [column, record[position]])))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const place = { file, line, column: issue?.path.join('.') }
  throw new CatalogError('CATALOG_CELL', place, issue?.message ?? 'malformed', parsed.error)
}

function checkReferences(
  { symbol, calendar, benchmark }: Instrument,
  bySymbol: ReadonlyMap<string, Instrument>,
  calendars: { has(id: string): boolean },
  file: string,
): void {
  if (!calendars.has(calendar)) {
    throw new CatalogError('CATALOG_REFERENCE', { file, column: 'calendar' }, `${symbol}: no calendar ${calendar}`)
  }
  if (benchmark !== undefined && !bySymbol.has(benchmark)) {
    throw new CatalogError('CATALOG_REFERENCE', { file, column: 'benchmark' }, `${symbol}: ${benchmark} has no row`)
  }
}
