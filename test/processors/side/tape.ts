import type { Calendar } from '../../../catalog/calendar.ts'
import { loadCalendars } from '../../../catalog/calendar.ts'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import {
  TAPE_EVENT,
  TAPE_FUNDAMENTAL,
  TAPE_MACRO,
  TAPE_POSITION,
  TAPE_QUOTE,
  type TapeEvent,
  type TapeFundamental,
  type TapeMacro,
  type TapePosition,
  type TapeQuote,
} from '../../../processors/ingest/tape-record.ts'
import { createSideInputs, type SideInputs, type SideSettings } from '../../../processors/side/side-inputs.ts'

const calendars = loadCalendars()

/** Side inputs of symbols that trade in New York, but for those whose name begins with `BTC`. */
export function newSideInputs(settings: SideSettings = {}): SideInputs {
  return createSideInputs({ calendarOf: (symbol) => calendar(symbol.startsWith('BTC') ? 'CRYPTO' : 'XNYS'), settings })
}

function calendar(id: string): Calendar {
  const found = calendars.get(id)
  if (found === undefined) throw new Error(`no calendar ${id}`)
  return found
}

/** UTC epoch milliseconds of `2024-01-05`, or of `2024-01-05T21:00`. */
export function utc(text: string): number {
  return Date.parse(text.includes('T') ? `${text}Z` : `${text}T00:00Z`)
}

/** The close of New York's session of a winter day. */
export function close(day: string): number {
  return utc(`${day}T21:00`)
}

type Times = { readonly ts: number; readonly known_at?: number }

function stamped<Rest extends Times>(
  rest: Rest,
): Rest & { known_at: number; raw_known_at: number; source_offset: number } {
  const known_at = rest.known_at ?? rest.ts
  return { ...rest, known_at, raw_known_at: known_at, source_offset: 0 }
}

/** Takes an event; it is known when it takes place unless `known_at` says otherwise. */
export function event(
  side: SideInputs,
  symbol: string,
  event_type: string,
  times: Times,
  { value = null, detail = null }: { value?: number | null; detail?: string | null } = {},
): void {
  const record: TapeEvent = stamped({ symbol, event_type, value, detail, ...times })
  side.take(TAPE_EVENT, record)
}

/** Takes a reported figure. */
export function report(
  side: SideInputs,
  symbol: string,
  item: string,
  period: string,
  value: number | null,
  times: Times,
): void {
  const names = { symbol, item, period_end: utc(period), value, unit: null, source: null }
  const record: TapeFundamental = stamped({ ...names, ...times })
  side.take(TAPE_FUNDAMENTAL, record)
}

/** Takes a value of a macro series. */
export function macro(side: SideInputs, series: string, periodEnd: number, value: number | null, times: Times): void {
  const record: TapeMacro = stamped({ series, period_end: periodEnd, value, unit: null, ...times })
  side.take(TAPE_MACRO, record)
}

/** Takes a position of portfolio `main`; what is not given is null. */
export function position(
  side: SideInputs,
  symbol: string,
  quantity: number,
  rest: Times & Partial<Pick<TapePosition, 'portfolio' | 'price' | 'equity' | 'average_entry' | 'flow'>>,
): void {
  const nothing = { price: null, equity: null, average_entry: null, flow: null }
  const record: TapePosition = stamped({ symbol, portfolio: 'main', quantity, ...nothing, ...rest })
  side.take(TAPE_POSITION, record)
}

/** Takes a quote. */
export function quote(side: SideInputs, symbol: string, bid: number, ask: number, times: Times): void {
  const record: TapeQuote = stamped({ symbol, bid, ask, bid_size: 1, ask_size: 1, ...times })
  side.take(TAPE_QUOTE, record)
}

/** What is known of some fields for a bar of `symbol` that closes at `ts`; by default it opened a day before. */
export function known(
  side: SideInputs,
  symbol: string,
  ts: number,
  fields: readonly SideField[],
  tsOpen: number = ts - 86_400_000,
): number[] {
  const into = new Float64Array(fields.length).fill(-1)
  side.fill(symbol, tsOpen, ts, fields, into)
  return [...into]
}
