import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/** Which lines of a table to keep: dates as `2000-03-01`, the last one excluded. */
export type Cut = { readonly from?: string; readonly before?: string; readonly symbols?: readonly string[] }

const shippedData = fileURLToPath(new URL('../../data/', import.meta.url))
const dateColumns = ['ts_open_utc', 'effective_date']

/** Writes the kept lines of a `.csv` or `.csv.gz` table of bars or events as `name` in `dir`; gives the new path. */
export function cutTable(source: string, dir: string, name: string, { from = '', before = '9', symbols }: Cut): string {
  const bytes = readFileSync(source)
  const text = (source.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const [header = '', ...lines] = text.trim().split('\n')
  const columns = header.split(',')
  const dateColumn = columns.findIndex((column) => dateColumns.includes(column))
  const kept = lines.filter((line) => {
    const cells = line.split(',')
    const date = cells[dateColumn] ?? ''
    return date >= from && date < before && (symbols?.includes(cells[columns.indexOf('symbol')] ?? '') ?? true)
  })
  const path = join(dir, name)
  writeFileSync(path, `${[header, ...kept].join('\n')}\n`)
  return path
}

/** Splits and daily bars of the shares and indices that ship with the project, of the sessions of a span. */
export function shippedSpan(dir: string, from: string, before: string): string[] {
  const sources = { splits: 'us-equity_splits.csv', shares: 'us-equity_1d.csv.gz', indices: 'us-index_1d.csv.gz' }
  return Object.entries(sources).map(([name, source]) =>
    cutTable(join(shippedData, source), dir, `${name}_${from}_${before}.csv`, { from, before }),
  )
}
