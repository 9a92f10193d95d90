import type { TapeQuote } from '../ingest/tape-record.ts'
import type { FieldSlots } from './field-slots.ts'
import { actsFrom } from './timeline.ts'

/** Bars begin and end on whole minutes, so of the quotes of a minute only the last can be the last of a bar. */
const MINUTE_MS = 60_000

/** How far behind the newest quote of the symbol others are kept. A bar that comes later than this has no quote. */
const KEPT_MS = 60 * MINUTE_MS

/** A quote: `ts` is its own time, `from` when it could be used. */
type Quote = { readonly ts: number; readonly from: number; bid: number; ask: number }

/** The last quotes of one symbol by minute, in order of `ts`. */
export type Quotes = Quote[]

/** Notes a quote. `splitFactor` = new shares per old since the units it is in. */
export function noteQuote(quotes: Quotes, record: TapeQuote, splitFactor: number): void {
  const quote = { ts: record.ts, from: actsFrom(record), bid: record.bid / splitFactor, ask: record.ask / splitFactor }
  const before = quotes.findLastIndex(({ ts }) => ts <= quote.ts)
  const previous = quotes[before]
  const replaces = previous !== undefined && sameMinute(previous, quote)
  quotes.splice(replaces ? before : before + 1, replaces ? 1 : 0, quote)
  const oldestMs = (quotes.at(-1)?.ts ?? quote.ts) - KEPT_MS
  const kept = quotes.findIndex(({ ts }) => ts >= oldestMs)
  if (kept > 0) quotes.splice(0, kept)
}

/** Whether any bar that may use one of them may use the other: both times fall into the same minute, its end included. */
function sameMinute(one: Quote, other: Quote): boolean {
  const minute = (ms: number) => Math.ceil(ms / MINUTE_MS)
  return minute(one.ts) === minute(other.ts) && minute(one.from) === minute(other.from)
}

/** Brings the quotes made before `splitMs` into the units after a split. */
export function rescaleQuotes(quotes: Quotes, splitMs: number, factor: number): void {
  for (const quote of quotes) {
    if (quote.ts >= splitMs) continue
    quote.bid /= factor
    quote.ask /= factor
  }
}

/** Writes the last quote within the bar that spans (`tsOpen`, `ts`] among those known at its close. */
export function fillQuote(quotes: Quotes, tsOpen: number, ts: number, slots: FieldSlots, into: Float64Array): void {
  const last = quotes.findLast((quote) => quote.ts <= ts && quote.from <= ts)
  if (last === undefined || last.ts <= tsOpen) return
  const { 'quote.bid': bid, 'quote.ask': ask } = slots
  if (bid !== undefined) into[bid] = last.bid
  if (ask !== undefined) into[ask] = last.ask
}
