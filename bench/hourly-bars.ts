import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { bucketOf, type Calendar, closesBetween } from '../catalog/calendar.ts'

/** Which bars to write: of how many symbols, and of the sessions of how many days (UTC epoch milliseconds from `from`). */
export type HourlyBars = { readonly symbols: number; readonly fromMs: number; readonly untilMs: number }

/** A price that depends on symbol and place alone. */
function priceOf(symbol: number, place: number): number {
  return 50 + (symbol % 50) + 5 * Math.sin(symbol + place / 9) + ((symbol * 31 + place * 17) % 13) / 10
}

/** Writes hourly bars of invented symbols as CSV, in order of time; gives the number of distinct closes. */
export async function writeHourlyBars(
  path: string,
  calendar: Calendar,
  { symbols, fromMs, untilMs }: HourlyBars,
): Promise<number> {
  const closes = closesBetween(calendar, '1h', fromMs, untilMs)
  const file = createWriteStream(path)
  file.write('symbol,timeframe,ts_open_utc,ts_close_utc,open,high,low,close,volume\n')
  for (const [place, closeMs] of closes.entries()) {
    const bucket = bucketOf(calendar, '1h', closeMs - 1)
    if (!bucket) throw new RangeError(`No hour closes at ${closeMs}`)
    const times = `${new Date(bucket.openMs).toISOString()},${new Date(closeMs).toISOString()}`
    let lines = ''
    for (let symbol = 0; symbol < symbols; symbol += 1) {
      const [open, close] = [priceOf(symbol, place), priceOf(symbol, place + 1)]
      const [high, low] = [Math.max(open, close) + 0.3, Math.min(open, close) - 0.3]
      const prices = [open, high, low, close].map((price) => price.toFixed(4)).join(',')
      lines += `S${String(symbol).padStart(4, '0')},1h,${times},${prices},${1_000 + ((symbol + place) % 500)}\n`
    }
    if (!file.write(lines)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
  return closes.length
}
