import type { DataRecord } from '../../../processors/processor.ts'
import { data } from './driver.ts'

/** A sound bar of `market.bars` closing at `ts_close` (default 1000), known at once. */
export function rawBar(value: Readonly<Record<string, unknown>> = {}, fields: Partial<DataRecord> = {}): DataRecord {
  const close = typeof value.ts_close === 'number' ? value.ts_close : 1000
  const sound = {
    symbol: 'AAA',
    timeframe: '1m',
    ts_open: close - 60,
    ts_close: close,
    known_at: close,
    open: 10,
    high: 12,
    low: 9,
    close: 11,
    volume: 100,
    source: null,
  }
  return data({ topic: 'market.bars', recordName: 'barline.market.Bar', value: { ...sound, ...value }, ...fields })
}

/** A sound split of `market.events`. */
export function rawEvent(value: Readonly<Record<string, unknown>> = {}, fields: Partial<DataRecord> = {}): DataRecord {
  const sound = { symbol: 'AAA', event_type: 'split', effective_at: 1000, known_at: 900, value: 2, detail: null }
  return data({
    topic: 'market.events',
    recordName: 'barline.market.CorporateEvent',
    value: { ...sound, ...value },
    ...fields,
  })
}

/** A sound figure of `market.fundamentals`, for the period ending 500. */
export function rawFundamental(
  value: Readonly<Record<string, unknown>> = {},
  fields: Partial<DataRecord> = {},
): DataRecord {
  const sound = {
    symbol: 'AAA',
    item: 'eps_ttm',
    period_end: 500,
    effective_at: 900,
    known_at: 900,
    value: 1.5,
    unit: 'USD',
    source: '10-Q',
  }
  const recordName = 'barline.market.Fundamental'
  return data({ topic: 'market.fundamentals', recordName, value: { ...sound, ...value }, ...fields })
}

/** A sound value of `market.macro`, for the period ending 500. */
export function rawMacro(value: Readonly<Record<string, unknown>> = {}, fields: Partial<DataRecord> = {}): DataRecord {
  const sound = { series: 'CPI', period_end: 500, effective_at: 900, known_at: 900, value: 2.5, unit: '%' }
  const macro = { ...sound, ...value }
  const recordName = 'barline.market.MacroObservation'
  return data({ topic: 'market.macro', recordName, key: String(macro.series), value: macro, ...fields })
}

/** A sound position of `market.portfolio`. */
export function rawPosition(
  value: Readonly<Record<string, unknown>> = {},
  fields: Partial<DataRecord> = {},
): DataRecord {
  const sound = {
    symbol: 'AAA',
    portfolio: 'main',
    effective_at: 900,
    known_at: 900,
    quantity: -10,
    price: 11,
    equity: 1000,
    average_entry: 9,
    flow: null,
  }
  const recordName = 'barline.market.PortfolioPosition'
  return data({ topic: 'market.portfolio', recordName, value: { ...sound, ...value }, ...fields })
}

/** A sound quote of `market.quotes`. */
export function rawQuote(value: Readonly<Record<string, unknown>> = {}, fields: Partial<DataRecord> = {}): DataRecord {
  const sound = { symbol: 'AAA', effective_at: 900, known_at: 900, bid: 10, ask: 11, bid_size: 5, ask_size: 0 }
  const recordName = 'barline.market.Quote'
  return data({ topic: 'market.quotes', recordName, value: { ...sound, ...value }, ...fields })
}
