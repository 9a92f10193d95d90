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
