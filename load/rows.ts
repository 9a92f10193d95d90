import { bucketOf, type Calendar, sessionOf } from '../catalog/calendar.ts'
import { INTRADAY_DURATION_MS, parseTimeframe, type Timeframe } from '../catalog/timeframe.ts'
import { CellError, dateLabel, parseInstant, parseNumber, parseOptionalNumber, requiredText } from './parse-cells.ts'
import { effectiveAt, statedKnownAt } from './row-times.ts'

/** The cells of a line, by column. */
export type Cells = Readonly<Record<string, string>>

/** The symbol of events of the whole market. */
const marketSymbol = '*'

/** A record for a raw topic, with the time at which it takes its place in the load. */
export type RawInput = {
  readonly topic: string
  readonly recordName: string
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
  readonly knownAt: number
  /** It concerns the whole market, and is written to every partition. */
  readonly isMarketWide?: boolean
  /** Bars only: their timeframe and span, UTC milliseconds. */
  readonly bar?: { readonly timeframe: Timeframe; readonly tsOpen: number; readonly tsClose: number }
}

/** What rows are read with. */
export type RowContext = {
  /** How long after its close or its time a bar, a quote or a position became known; milliseconds. */
  readonly delayMs: number
  /** How long after the end of its period a figure without a date of publication became known; milliseconds. */
  readonly publishedAfterMs?: number | undefined
  readonly calendarOf: (symbol: string) => Calendar
}

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
  // A bar off the grid (a clock hour where the session opens at half past) reaches beyond its bucket: it is closed only then.
  if (bucket && (bucket.openMs === tsOpen || timeframe === '1d' || timeframe === '1w')) {
    return { tsOpen, tsClose: bucket.closeMs }
  }
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
  const calendar = calendarOf(symbol)
  const { tsOpen, tsClose } = spanOf(cells, timeframe, calendar)
  const knownAt = statedKnownAt(cells, calendar) ?? tsClose + delayMs
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

/**
 * An event of a line, of one instrument or of the whole market. A date label means the open of that session. Without `known_at_utc` the event is taken to
 * have become known when it took effect, which never looks ahead. Throws {@link CellError}.
 */
export function parseEvent(cells: Cells, { calendarOf }: RowContext): RawInput {
  const symbol = requiredText(cells, 'symbol')
  const calendar = calendarOf(symbol)
  const effective = effectiveAt(cells, calendar, 'openMs')
  const knownAt = statedKnownAt(cells, calendar) ?? effective
  const value = {
    symbol,
    event_type: requiredText(cells, 'event_type'),
    effective_at: effective,
    known_at: knownAt,
    value: parseOptionalNumber(cells, 'value'),
    detail: cells.detail || null,
  }
  const isMarketWide = symbol === marketSymbol
  return {
    topic: 'market.events',
    recordName: 'barline.market.CorporateEvent',
    key: symbol,
    value,
    knownAt,
    isMarketWide,
  }
}
