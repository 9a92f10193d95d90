import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** A row of a shipped bars file, with its date label. */
export type ShippedBar = {
  readonly symbol: string
  readonly date: string
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

const COLUMNS = 'symbol,timeframe,ts_open_utc,open,high,low,close,volume'

/** The bytes of a file of `data/`. */
export function readData(name: string): Buffer {
  return readFileSync(new URL(`../../data/${name}`, import.meta.url))
}

/** The bars of a file of `data/` by symbol, in file order. */
export function readBars(name: string): Map<string, ShippedBar[]> {
  const [header, ...lines] = gunzipSync(readData(name)).toString('ascii').trimEnd().split('\n')
  if (header !== COLUMNS) throw new Error(`${name}: unexpected columns ${header}`)
  const bySymbol = new Map<string, ShippedBar[]>()
  for (const line of lines) {
    const [symbol = '', timeframe, ts = '', ...numbers] = line.split(',')
    if (timeframe !== '1d' || !ts.endsWith('T00:00:00Z')) throw new Error(`${name}: not a daily label: ${line}`)
    const [open = Number.NaN, high = Number.NaN, low = Number.NaN, close = Number.NaN, volume = Number.NaN] =
      numbers.map(Number)
    const bars = bySymbol.get(symbol) ?? []
    bars.push({ symbol, date: ts.slice(0, 10), open, high, low, close, volume })
    bySymbol.set(symbol, bars)
  }
  return bySymbol
}
