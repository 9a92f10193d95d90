import { CellError, parseInstant, parseNumber, parseOptionalNumber, requiredText } from './parse-cells.ts'
import { effectiveAt, instantOrDate, statedKnownAt } from './row-times.ts'
import type { Cells, RawInput, RowContext } from './rows.ts'

const withdrawn = 'withdrawn'

/** What reported figures and macro values have in common; `owner` has the calendar in which dates are read. */
function figureOf(cells: Cells, owner: string, { calendarOf, publishedAfterMs }: RowContext) {
  const calendar = calendarOf(owner)
  const periodEnd = instantOrDate(requiredText(cells, 'period_end'), 'period_end')
  const stated = statedKnownAt(cells, calendar)
  if (stated === undefined && publishedAfterMs === undefined) {
    throw new CellError('neither known_at_utc nor known_date says when it was published, and no --published-after does')
  }
  const knownAt = stated ?? periodEnd + (publishedAfterMs ?? 0)
  const isEffectiveGiven = cells.effective_at_utc || cells.effective_date
  return {
    knownAt,
    fields: {
      period_end: periodEnd,
      effective_at: isEffectiveGiven ? effectiveAt(cells, calendar, 'openMs') : knownAt,
      known_at: knownAt,
      value: cells.value === withdrawn ? null : parseNumber(cells, 'value'),
      unit: cells.unit || null,
    },
  }
}

/**
 * A reported figure of a line. It is known when it was published, or `--published-after` after the end of its period, and takes
 * effect then unless the line says otherwise. Throws {@link CellError}.
 */
export function parseFundamental(cells: Cells, file: string, context: RowContext): RawInput {
  const symbol = requiredText(cells, 'symbol')
  const { knownAt, fields } = figureOf(cells, symbol, context)
  const value = { symbol, item: requiredText(cells, 'item'), ...fields, source: cells.source || file }
  return { topic: 'market.fundamentals', recordName: 'barline.market.Fundamental', key: symbol, value, knownAt }
}

/** A value of a macro series of a line, as {@link parseFundamental}; it concerns the whole market. */
export function parseMacro(cells: Cells, _file: string, context: RowContext): RawInput {
  const series = requiredText(cells, 'series')
  const { knownAt, fields } = figureOf(cells, series, context)
  const value = { series, ...fields }
  const recordName = 'barline.market.MacroObservation'
  return { topic: 'market.macro', recordName, key: series, value, knownAt, isMarketWide: true }
}

/** A position of a line; a date means the close of that session. It concerns the whole market. Throws {@link CellError}. */
export function parsePosition(cells: Cells, _file: string, { calendarOf, delayMs }: RowContext): RawInput {
  const symbol = requiredText(cells, 'symbol')
  const calendar = calendarOf(symbol)
  const effective = effectiveAt(cells, calendar, 'closeMs')
  const knownAt = statedKnownAt(cells, calendar) ?? effective + delayMs
  const value = {
    symbol,
    portfolio: requiredText(cells, 'portfolio'),
    effective_at: effective,
    known_at: knownAt,
    quantity: parseNumber(cells, 'quantity'),
    price: parseOptionalNumber(cells, 'price'),
    equity: parseOptionalNumber(cells, 'equity'),
    average_entry: parseOptionalNumber(cells, 'average_entry'),
    flow: parseOptionalNumber(cells, 'flow'),
  }
  const recordName = 'barline.market.PortfolioPosition'
  return { topic: 'market.portfolio', recordName, key: symbol, value, knownAt, isMarketWide: true }
}

/** A quote of a line, whose time is an instant. Throws {@link CellError}. */
export function parseQuote(cells: Cells, _file: string, { calendarOf, delayMs }: RowContext): RawInput {
  const symbol = requiredText(cells, 'symbol')
  const column = cells.effective_at_utc ? 'effective_at_utc' : 'ts_utc'
  const effective = parseInstant(requiredText(cells, column), column)
  const knownAt = statedKnownAt(cells, calendarOf(symbol)) ?? effective + delayMs
  const value = {
    symbol,
    effective_at: effective,
    known_at: knownAt,
    bid: parseNumber(cells, 'bid'),
    ask: parseNumber(cells, 'ask'),
    bid_size: parseNumber(cells, 'bid_size'),
    ask_size: parseNumber(cells, 'ask_size'),
  }
  return { topic: 'market.quotes', recordName: 'barline.market.Quote', key: symbol, value, knownAt }
}
