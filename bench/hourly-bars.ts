import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { type Bucket, bucketOf, type Calendar, closesBetween } from '../catalog/calendar.ts'

/** Which bars to write: of how many symbols, and of the sessions of how many days (UTC epoch milliseconds from `from`). */
export type HourlyBars = { readonly symbols: number; readonly fromMs: number; readonly untilMs: number }

/** A price that depends on symbol and place alone. */
function priceOf(symbol: number, place: number): number {
  return 50 + (symbol % 50) + 5 * Math.sin(symbol + place / 9) + ((symbol * 31 + place * 17) % 13) / 10
}

/** The name of an invented symbol. */
function symbolName(symbol: number): string {
  return `S${String(symbol).padStart(4, '0')}`
}

/** Those with sectors and a model, and the index that they are measured against. */
const knownSymbols = ['AAPL', 'FB', 'GOOG', 'IBM', 'MSFT', 'SPX']

/** So many symbols: those of the catalog that are scored and their index first, then invented ones. */
export function marketSymbols(count: number): string[] {
  return Array.from({ length: count }, (_, symbol) => knownSymbols[symbol] ?? symbolName(symbol))
}

/** Prices and volume of an invented symbol in the hour of this place; each opens where the one before has closed. */
export function pricesAt(symbol: number, place: number) {
  const [open, close] = [priceOf(symbol, place), priceOf(symbol, place + 1)]
  const [high, low] = [Math.max(open, close) + 0.3, Math.min(open, close) - 0.3]
  return { open, high, low, close, volume: 1_000 + ((symbol + place) % 500) }
}

/** Hours of a whole session, as `sendAtOnce` of a feed counts a day of history. */
export const hoursOfDay = 7

/** The hours of a calendar's sessions that close in a span, oldest first. */
export function hoursBetween(calendar: Calendar, fromMs: number, untilMs: number): Bucket[] {
  return closesBetween(calendar, '1h', fromMs, untilMs).map((closeMs) => {
    const bucket = bucketOf(calendar, '1h', closeMs - 1)
    if (!bucket) throw new RangeError(`No hour closes at ${closeMs}`)
    return bucket
  })
}

/** Writes hourly bars of invented symbols as CSV, in order of time; gives the number of distinct closes. */
export async function writeHourlyBars(
  path: string,
  calendar: Calendar,
  { symbols, fromMs, untilMs }: HourlyBars,
): Promise<number> {
  const hours = hoursBetween(calendar, fromMs, untilMs)
  const file = createWriteStream(path)
  file.write('symbol,timeframe,ts_open_utc,ts_close_utc,open,high,low,close,volume\n')
  for (const [place, { openMs, closeMs }] of hours.entries()) {
    const times = `${new Date(openMs).toISOString()},${new Date(closeMs).toISOString()}`
    let lines = ''
    for (let symbol = 0; symbol < symbols; symbol += 1) {
      const { open, high, low, close, volume } = pricesAt(symbol, place)
      const prices = [open, high, low, close].map((price) => price.toFixed(4)).join(',')
      lines += `${symbolName(symbol)},1h,${times},${prices},${volume}\n`
    }
    if (!file.write(lines)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
  return hours.length
}
