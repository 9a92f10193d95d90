import { describe, expect, it } from '@jest/globals'
import type { Timeframe } from '../../../catalog/timeframe.ts'
import { editFeatures, featureText } from '../../catalog/feature-text.ts'
import { applyAll, DAY, HOUR, row, stageOf, valuesOf, viewOf } from './stage.ts'

/** ema_12 is computed on 1h bars in a view of 1d. */
const hour = (ts: number, value: number | null, fields = {}) =>
  row({ ts, timeframe: '1h', ts_open: ts - HOUR, ema_12__value: value, ...fields })
const day = (ts: number, fields = {}) => row({ ts, ...fields })

function published(rows: Parameters<typeof applyAll>[1], cells = {}, id = 'ema_12_value', timeframe: Timeframe = '1d') {
  const view = viewOf(editFeatures(id, { missing_policy: 'drop', missing_param: '{}', ...cells }), timeframe)
  return valuesOf(applyAll(stageOf(view), rows)).map((value) => value[id])
}

describe('a feature of a shorter timeframe', () => {
  const rows = [
    hour(DAY - 3 * HOUR, 1),
    hour(DAY - HOUR, 8),
    hour(DAY, 3),
    day(DAY),
    hour(DAY + HOUR, 4),
    hour(2 * DAY, null),
    day(2 * DAY),
    day(3 * DAY),
    hour(4 * DAY, 7),
    day(4 * DAY),
  ]

  it('publishes no row by itself', () => {
    expect(published(rows)).toHaveLength(4)
  })

  it('last: has the value of the newest bar, which may be null', () => {
    expect(published(rows)).toEqual([3, null, null, 7])
  })

  it('max and mean: are over the bars that have a value', () => {
    expect(published(rows, { default_agg: 'max' })).toEqual([8, 4, null, 7])
    expect(published(rows, { default_agg: 'mean' })).toEqual([4, 4, null, 7])
  })

  it('any: is true if it is on any bar', () => {
    const crossing = [
      hour(DAY - HOUR, null, { rsi_14__value: 35 }),
      hour(DAY, null, { rsi_14__value: 29 }),
      day(DAY),
      hour(DAY + HOUR, null, { rsi_14__value: 28 }),
      day(2 * DAY),
      day(3 * DAY),
    ]
    // The event is listed for 15m, 1h and 1d: a weekly view takes it of days, so days stand for weeks here.
    const asDays = crossing.map((one) => {
      const longer = one.value.timeframe === '1d' ? '1w' : '1d'
      return { ...one, value: { ...one.value, timeframe: longer } }
    })
    const id = 'rsi_14_cross_oversold_event'
    expect(published(asDays, {}, id, '1w')).toEqual([true, false, null])
  })

  it('takes no bar after T, even when it is there before the row', () => {
    expect(published([hour(DAY, 3), hour(DAY + HOUR, 4), day(DAY), day(2 * DAY)])).toEqual([3, 4])
  })

  it('takes no bar from before the first row of the view opened', () => {
    expect(published([hour(DAY - 30 * HOUR, 3), day(DAY)])).toEqual([null])
  })

  it('is filled by bars of the view, in the units after a split', () => {
    const view = viewOf(featureText)
    const filled = [
      hour(DAY, 30),
      day(DAY),
      hour(DAY + HOUR, null, { split_factor: 3 }),
      day(2 * DAY, { split_factor: 3 }),
      day(3 * DAY),
      day(4 * DAY),
      day(5 * DAY),
    ]
    expect(valuesOf(applyAll(stageOf(view), filled)).map((value) => value.ema_12_value)).toEqual([30, 10, 10, 10, null])
  })

  it('has its bars of before a split in the new units', () => {
    const rows = [hour(DAY - HOUR, 30), hour(DAY, null, { split_factor: 3 }), day(DAY, { split_factor: 3 })]
    expect(published(rows, { default_agg: 'max' })).toEqual([10])
  })
})

describe('a feature of a longer timeframe', () => {
  const value = (ts: number, timeframe: Timeframe, number: number, fields = {}) =>
    row({ ts, timeframe, ema_26__value: number, ...fields })
  const take = (rows: Parameters<typeof applyAll>[1]) => published(rows, {}, 'ema_26_value', '5m')

  it('has the value of the newest closed bar', () => {
    const rows = [
      value(1000, '5m', 0),
      value(2000, '15m', 20),
      value(2000, '5m', 0),
      value(2500, '5m', 0),
      value(3000, '15m', 30),
      value(2900, '5m', 0),
      value(3000, '5m', 0),
    ]
    expect(take(rows)).toEqual([null, 20, 20, 20, 30])
  })

  it('changes units with the first row of the view after a split, and not again with its own', () => {
    const rows = [
      value(1000, '15m', 30),
      value(1000, '5m', 0),
      value(1500, '5m', 0, { split_factor: 3 }),
      value(2000, '15m', 11, { split_factor: 3 }),
      value(2000, '5m', 0),
    ]
    expect(take(rows)).toEqual([30, 10, 11])
  })
})
