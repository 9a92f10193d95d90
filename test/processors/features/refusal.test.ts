import { describe, expect, it } from '@jest/globals'
import { CatalogError } from '../../../catalog/catalog-error.ts'
import { createFeaturesProcessor } from '../../../processors/features/features.ts'
import type { DataRecord } from '../../../processors/processor.ts'
import { applyAll, crossSectionText, DAY, marketRow, row, stageOf, universeRow, viewOf, viewWith } from './stage.ts'

function refusalOf(record: DataRecord): unknown {
  return applyAll(stageOf(), [record])
}

describe('a row of indicators is refused', () => {
  it.each<[string, DataRecord, string]>([
    ['without symbol', row({ ts: DAY, symbol: '' }), 'EMPTY_SYMBOL'],
    ['under another key', row({ ts: DAY }, 'MSFT'), 'KEY_MISMATCH'],
    ['in an unknown timeframe', row({ ts: DAY, timeframe: '2h' }), 'UNKNOWN_TIMEFRAME'],
    ['without timeframe', row({ ts: DAY, timeframe: null }), 'UNKNOWN_TIMEFRAME'],
    ['without time', row({ ts: Number.NaN }), 'NOT_FINITE'],
    ['with a known_at that is text', row({ ts: DAY, known_at: '5' }), 'NOT_FINITE'],
    ['with text for a number', row({ ts: DAY, rsi_14__value: 'high' }), 'NOT_FINITE'],
    ['with NaN for a number', row({ ts: DAY, rsi_14__value: Number.NaN }), 'NOT_FINITE'],
    ['with an infinite close', row({ ts: DAY, close: Number.POSITIVE_INFINITY }), 'NOT_FINITE'],
    ['with a split factor of 0', row({ ts: DAY, split_factor: 0 }), 'BAD_SPLIT_FACTOR'],
    ['with fewer than no rows left', row({ ts: DAY, rows_left: -1 }), 'NOT_FINITE'],
    ['with half a row left', row({ ts: DAY, rows_left: 0.5 }), 'NOT_FINITE'],
    ['with a split factor that is text', row({ ts: DAY, split_factor: '2' }), 'BAD_SPLIT_FACTOR'],
    ['of another record', { ...row({ ts: DAY }), recordName: 'barline.tape.TapeBar' }, 'UNEXPECTED_RECORD'],
    ['from another topic', { ...row({ ts: DAY }), topic: 'tape' }, 'UNEXPECTED_RECORD'],
  ])('%s', (_what, record, reason) => {
    expect(refusalOf(record)).toEqual([{ refused: reason }])
  })

  it('at or before the time of the one before, and changes nothing', () => {
    const good = [row({ ts: DAY, rsi_14__value: 40 }), row({ ts: 3 * DAY, rsi_14__value: 50 })]
    const between = [
      row({ ts: DAY, rsi_14__value: 90 }),
      row({ ts: DAY - 1, split_factor: 2 }),
      row({ ts: 2 * DAY, rsi_14__value: 'x' }),
    ]
    const emitted = applyAll(stageOf(), [...good.slice(0, 1), ...between, ...good.slice(1)])
    expect(emitted.slice(1, 4)).toEqual(
      ['TIMES_OUT_OF_ORDER', 'TIMES_OUT_OF_ORDER', 'NOT_FINITE'].map((refused) => ({ refused })),
    )
    expect([emitted[0], emitted[4]]).toEqual(applyAll(stageOf(), good))
  })

  it('at a time that no calendar knows', () => {
    const newestBefore = () => {
      throw new CatalogError('CALENDAR_RANGE', { file: 'barriers.json' }, 'outside')
    }
    const stage = createFeaturesProcessor({ views: [viewOf()], grid: { graceMs: 0, newestBefore } })
    expect(applyAll(stage, [row({ ts: DAY })])).toEqual([{ refused: 'PROCESSING_FAILED' }])
  })
})

describe('a row of market-state is refused', () => {
  const view = viewOf(crossSectionText)
  const take = (...records: DataRecord[]) => applyAll(stageOf(view), records)

  it('when it is malformed or out of order', () => {
    expect(take(marketRow({ ts: DAY, timeframe: 'x' }))).toEqual([{ refused: 'UNKNOWN_TIMEFRAME' }])
    expect(take(marketRow({ ts: DAY, breadth_v1__adv_ratio: 'x' }))).toEqual([{ refused: 'NOT_FINITE' }])
    expect(take(marketRow({ ts: Number.NaN }))).toEqual([{ refused: 'NOT_FINITE' }])
    expect(take(marketRow({ ts: DAY }), marketRow({ ts: DAY }))).toEqual([{ refused: 'TIMES_OUT_OF_ORDER' }])
    expect(take(universeRow({ ts: DAY }), universeRow({ ts: DAY }))).toEqual([{ refused: 'TIMES_OUT_OF_ORDER' }])
    expect(take(universeRow({ ts: DAY }, 'MSFT'))).toEqual([{ refused: 'KEY_MISMATCH' }])
    expect(take(marketRow({ ts: DAY, breadth_v1__adv_ratio: null }), universeRow({ ts: DAY }))).toEqual([])
    expect(take(universeRow({ ts: DAY }), universeRow({ ts: DAY, symbol: 'MSFT' }))).toEqual([])
  })
})

describe('a row that the view does not read', () => {
  it('is passed over', () => {
    expect(refusalOf(row({ ts: DAY, timeframe: '5m' }))).toEqual([])
  })
})

describe('a view', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['feature_dtype', { feature_dtype: 'float32[4]' }],
    ['transform', { transform: 'log1p' }],
  ])('with a %s that stage two does not compute is refused, naming the row', (column, cells) => {
    const start = () => stageOf(viewWith({ sma_20_value: cells }))
    expect(start).toThrow(CatalogError)
    expect(start).toThrow(`schema.csv:2, ${column}`)
  })
})
