import { bucketOf, type Calendar, sessionOf } from '../catalog/calendar.ts'
import { INTRADAY_DURATION_MS, parseTimeframe, type Timeframe } from '../catalog/timeframe.ts'
import { CellError, dateLabel, parseInstant, parseNumber, requiredText } from './parse-cells.ts'

type Cells = Readonly<Record<string, string>>

/** A record for a raw topic, with the time at which it takes its place in the load. */
export type RawInput = {
  readonly topic: 'market.bars' | 'market.events'
  readonly recordName: string
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
  readonly knownAt: number
  /** Bars only: their timeframe and span, UTC milliseconds. */
  readonly bar?: { readonly timeframe: Timeframe; readonly tsOpen: number; readonly tsClose: number }
}

/** What rows are read with. */
export type RowContext = { readonly delayMs: number; readonly calendarOf: (symbol: string) => Calendar }

/** Columns that say what a file holds. */
export const barColumns = ['symbol', 'timeframe', 'open', 'high', 'low', 'close', 'volume'] as const
export const eventColumns = ['symbol', 'event_type'] as const

function spanOf(cells: Cells, timeframe: Timeframe, calendar: Calendar): { tsOpen: number; tsClose: number } {
  const openText = requiredText(cells, 'ts_open_utc')
  const closeText = cells.ts_close_utc
  if (closeText)
    return { tsOpen: parseInstant(openText, 'ts_open_utc'), tsClose: parseInstant(closeText, 'ts_close_utc') }
  const label = dateLabel(openText)
  if (timeframe === '1d' && label !== undefined) {
    const session = sessionOf(calendar, label)
    if (!session) throw new CellError(`${label} is no session of the calendar ${calendar.id}`)
    return { tsOpen: session.openMs, tsClose: session.closeMs }
  }
  const tsOpen = parseInstant(openText, 'ts_open_utc')
  const bucket = bucketOf(calendar, timeframe, tsOpen)
  if (bucket) return { tsOpen, tsClose: bucket.closeMs }
  if (timeframe === '1d' || timeframe === '1w') {
    throw new CellError(`${openText} lies in no session of the calendar ${calendar.id}`)
  }
  return { tsOpen, tsClose: tsOpen + INTRADAY_DURATION_MS[timeframe] }
}

/** A bar of a line. Daily bars with a date label get the open and close of that session. Throws {@link CellError}. */
export function parseBar(cells: Cells, source: string, { delayMs, calendarOf }: RowContext): RawInput {
  const symbol = requiredText(cells, 'symbol')
  const timeframeText = requiredText(cells, 'timeframe')
  const timeframe = parseTimeframe(timeframeText)
  if (!timeframe)
    throw new CellError(`timeframe ${JSON.stringify(timeframeText)} is not one of 1m, 5m, 15m, 1h, 1d, 1w`)
  const { tsOpen, tsClose } = spanOf(cells, timeframe, calendarOf(symbol))
  const knownText = cells.known_at_utc
  const knownAt = knownText ? parseInstant(knownText, 'known_at_utc') : tsClose + delayMs
  const value = {
    symbol,
    timeframe,
    ts_open: tsOpen,
    ts_close: tsClose,
    known_at: knownAt,
    open: parseNumber(cells, 'open'),
    high: parseNumber(cells, 'high'),
    low: parseNumber(cells, 'low'),
    close: parseNumber(cells, 'close'),
    volume: parseNumber(cells, 'volume'),
    source,
  }
  const bar = { timeframe, tsOpen, tsClose }
  return { topic: 'market.bars', recordName: 'barline.market.Bar', key: symbol, value, knownAt, bar }
}

function effectiveAt(cells: Cells, calendar: Calendar): number {
  const text = cells.effective_at_utc || cells.effective_date || cells.ts_utc || cells.date
  if (!text) throw new CellError('none of effective_at_utc, effective_date, ts_utc and date is given')
  const label = dateLabel(text)
  if (label === undefined) return parseInstant(text, 'effective_at_utc')
  const session = sessionOf(calendar, label)
  if (!session) throw new CellError(`${label} is no session of the calendar ${calendar.id}`)
  return session.openMs
}

/**
 * A corporate event of a line. A date label means the open of that session. Without `known_at_utc` the event is taken to
 * have become known when it took effect, which never looks ahead. Throws {@link CellError}.
 */
export function parseEvent(cells: Cells, { calendarOf }: RowContext): RawInput {
  const symbol = requiredText(cells, 'symbol')
  const effective = effectiveAt(cells, calendarOf(symbol))
  const knownText = cells.known_at_utc
  const knownAt = knownText ? parseInstant(knownText, 'known_at_utc') : effective
  const value = {
    symbol,
    event_type: requiredText(cells, 'event_type'),
    effective_at: effective,
    known_at: knownAt,
    value: cells.value ? parseNumber(cells, 'value') : null,
    detail: cells.detail || null,
  }
  return { topic: 'market.events', recordName: 'barline.market.CorporateEvent', key: symbol, value, knownAt }
}
