import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Which lines of a table of bars to keep: dates as `2000-03-01`, the last one excluded. */
export type Cut = { readonly from?: string; readonly before?: string; readonly symbols?: readonly string[] }

/** The folder of the bars that ship with the project. */
export const shippedData = join(import.meta.dirname, '..', '..', 'data')

/** Writes the kept lines of a `.csv.gz` table of bars as `name` in `dir`; gives the new path. */
export function cutBars(source: string, dir: string, name: string, { from = '', before = '9', symbols }: Cut): string {
  const [header = '', ...lines] = gunzipSync(readFileSync(source)).toString('utf8').trim().split('\n')
  const kept = lines.filter((line) => {
    const [symbol = '', , opened = ''] = line.split(',')
    return opened >= from && opened < before && (symbols === undefined || symbols.includes(symbol))
  })
  const path = join(dir, name)
  writeFileSync(path, `${[header, ...kept].join('\n')}\n`)
  return path
}

/** Shipped shares and indices of a span, with all splits: AAPL, IBM, MSFT, IXIC and SPX from March 2000, with a split of AAPL in June. */
export function shippedSpan(dir: string, from: string, before: string): string[] {
  const span = `${from}_${before}`
  return [
    join(shippedData, 'us-equity_splits.csv'),
    cutBars(join(shippedData, 'us-equity_1d.csv.gz'), dir, `shares_${span}.csv`, { from, before }),
    cutBars(join(shippedData, 'us-index_1d.csv.gz'), dir, `indices_${span}.csv`, { from, before }),
  ]
}
