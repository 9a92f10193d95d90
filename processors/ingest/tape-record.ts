import type { Timeframe } from '../../catalog/timeframe.ts'
import { topicById } from '../../topics/topics.ts'
import type { OutputRecord } from '../processor.ts'

/** Full name of the Avro record of a bar on the tape. */
export const TAPE_BAR = 'barline.tape.TapeBar'

/** Full name of the Avro record of an event on the tape. */
export const TAPE_EVENT = 'barline.tape.TapeEvent'

/** Full name of the Avro record of a fundamental figure on the tape. */
export const TAPE_FUNDAMENTAL = 'barline.tape.TapeFundamental'

/** Full name of the Avro record of a macro observation on the tape. */
export const TAPE_MACRO = 'barline.tape.TapeMacro'

/** Full name of the Avro record of a portfolio position on the tape. */
export const TAPE_POSITION = 'barline.tape.TapePosition'

/** Full name of the Avro record of a quote on the tape. */
export const TAPE_QUOTE = 'barline.tape.TapeQuote'

/** The symbol of events of the whole market, and the tape key of all that stands on every partition but macro series. */
export const MARKET_SYMBOL = '*'

/** The `detail` of an event that says: the event of the same symbol, type and time will not be, or was none. */
export const CANCELLED = 'cancelled'

/** The topic that ingest writes. */
export const TAPE = topicById('tape').id

/** A bar on the tape, as `tape-bar.avsc` has it. `ts` is the close of the bar; times in UTC epoch milliseconds. */
export type TapeBar = {
  readonly symbol: string
  readonly timeframe: Timeframe
  readonly ts: number
  readonly ts_open: number
  readonly known_at: number
  readonly raw_known_at: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  readonly source_offset: number
}

/**
 * An event on the tape, as `tape-event.avsc` has it. `ts` is when it takes effect, which may be after `known_at`; times in UTC
 * epoch milliseconds. An event of the whole market has the symbol {@link MARKET_SYMBOL}. The detail {@link CANCELLED} withdraws
 * the event of the same symbol, type and ts; the value is then null.
 */
export type TapeEvent = {
  readonly symbol: string
  readonly event_type: string
  readonly ts: number
  readonly known_at: number
  readonly raw_known_at: number
  readonly value: number | null
  readonly detail: string | null
  readonly source_offset: number
}

/**
 * A reported figure on the tape, as `tape-fundamental.avsc` has it. `ts` is when it takes effect; a null value withdraws the
 * figure. A restatement is a further record of the same item and period. Times in UTC epoch milliseconds.
 */
export type TapeFundamental = {
  readonly symbol: string
  readonly item: string
  readonly period_end: number
  readonly ts: number
  readonly known_at: number
  readonly raw_known_at: number
  readonly value: number | null
  readonly unit: string | null
  readonly source: string | null
  readonly source_offset: number
}

/**
 * A value of a macro series on the tape, as `tape-macro.avsc` has it; on every partition, keyed by series. `ts` is when it takes
 * effect; a null value withdraws it. Times in UTC epoch milliseconds.
 */
export type TapeMacro = {
  readonly series: string
  readonly period_end: number
  readonly ts: number
  readonly known_at: number
  readonly raw_known_at: number
  readonly value: number | null
  readonly unit: string | null
  readonly source_offset: number
}

/**
 * A position of a portfolio on the tape, as `tape-position.avsc` has it; on every partition, keyed `*`. `ts` is the time of the snapshot;
 * `flow` is the cash paid in (+) or taken out (-) since the previous one. Times in UTC epoch milliseconds.
 */
export type TapePosition = {
  readonly symbol: string
  readonly portfolio: string
  readonly ts: number
  readonly known_at: number
  readonly raw_known_at: number
  readonly quantity: number
  readonly price: number | null
  readonly equity: number | null
  readonly average_entry: number | null
  readonly flow: number | null
  readonly source_offset: number
}

/** A best bid and ask on the tape, as `tape-quote.avsc` has it. `ts` is the time of the quote; times in UTC epoch milliseconds. */
export type TapeQuote = {
  readonly symbol: string
  readonly ts: number
  readonly known_at: number
  readonly raw_known_at: number
  readonly bid: number
  readonly ask: number
  readonly bid_size: number
  readonly ask_size: number
  readonly source_offset: number
}

/** Any data record of the tape. */
export type TapeValue = TapeBar | TapeEvent | TapeFundamental | TapeMacro | TapePosition | TapeQuote

/** A record of the tape: stamped with its event time. */
export function onTape(recordName: string, key: string, value: TapeValue): OutputRecord {
  return { topic: TAPE, key, recordName, value, timestamp: value.ts }
}
