import { expect, it } from '@jest/globals'
import { FieldList } from '../../../processors/features/field-list.ts'
import { createIndicatorInput, readIndicatorRow } from '../../../processors/features/indicator-input.ts'
import { MarketState } from '../../../processors/features/market-state.ts'
import { createViewFold } from '../../../processors/features/view-fold.ts'
import type { DataRecord } from '../../../processors/processor.ts'
import { afterSplit } from '../indicators/candles.ts'
import { agrees, describeWithShared, readBars } from '../indicators/shared-data.ts'
import { DAY, type DatedBar, rowsOf, viewOf, viewWith } from './stage.ts'

const SPLIT_DAY = '2005-02-28T00:00:00Z'

/** What the view publishes before the cast to float32, by row. */
function publish(rows: readonly DataRecord[], view = viewOf()): number[][] {
  const fields = new FieldList()
  const fold = createViewFold(view, { fields, market: new MarketState() })
  const state = new Float64Array(fold.plan.stateLength)
  fold.reset(state)
  const input = createIndicatorInput(fields.length)
  return rows.map((record) => {
    const refusal = readIndicatorRow(record, fields.fields, input)
    if (refusal !== undefined) throw new Error(refusal.message)
    const published = fold.take(state, [input], 0)
    return [...(published?.values ?? [])]
  })
}

/** Without the values of a row's indicators, as after a defect of the bar. */
function withGap(rows: readonly DataRecord[], from: number, bars: number): DataRecord[] {
  return rows.map((record, at) => {
    if (at < from || at >= from + bars) return record
    const value = Object.fromEntries(
      Object.entries(record.value).map(([field, cell]) => [field, field.includes('__') ? null : cell]),
    )
    return { ...record, value }
  })
}

describeWithShared('the split of AAPL on 2005-02-28', ['data/bars'], () => {
  const series = readBars('us-equity-raw_1d').get('AAPL,1d')
  const day = series?.dates.indexOf(SPLIT_DAY) ?? -1
  const first = day - 300
  const raw: DatedBar[] = (series?.bars ?? []).slice(first, day + 80).map((bar, at) => ({ ...bar, ts: (at + 1) * DAY }))
  const splitTs = 301 * DAY
  const view = viewOf()
  const names = view.features.map(({ id }) => id)

  const compare = (factor: number, gap: number): readonly string[] => {
    // A factor other than the true 2 restates the bars from the split on, so that the same walk goes on in other units.
    const bars = raw.map((bar, at) => (at < 300 ? bar : { ...bar, ...afterSplit([bar], factor / 2)[0] }))
    const adjusted = bars.map((bar, at) => (at < 300 ? { ...bar, ...afterSplit([bar], factor)[0] } : bar))
    const across = publish(withGap(rowsOf(bars, new Map([[splitTs, factor]])), 300, gap))
    const wanted = publish(withGap(rowsOf(adjusted), 300, gap))
    return across.slice(300).flatMap((values, at) =>
      values.flatMap((value, position) => {
        const expected = wanted[300 + at]?.[position] ?? Number.NaN
        const same = Number.isNaN(expected) ? Number.isNaN(value) : agrees(value, expected, 1e-9, 1e-9)
        return same ? [] : [`${names[position]} ${at} bars after: ${value} instead of ${expected}`]
      }),
    )
  }

  it('is in the data', () => {
    expect(day).toBeGreaterThan(300)
    expect((raw[299]?.close ?? 0) / (raw[300]?.close ?? 1)).toBeCloseTo(2, 0)
  })

  it.each([2, 3, 7, 0.1])(
    'leaves every feature as if the bars before had been adjusted, by a factor of %d',
    (factor) => {
      expect(compare(factor, 0)).toEqual([])
    },
  )

  it.each([1, 3, 5])('does so where the first %d bars after it are filled with values from before', (gap) => {
    expect(compare(2, gap)).toEqual([])
    expect(compare(3, gap)).toEqual([])
  })

  it('fills prices and share counts in the new units', () => {
    const rows = withGap(rowsOf(raw, new Map([[splitTs, 2]])), 300, 1)
    const published = publish(rows)
    const at = (id: string, bar: number) => published[bar]?.[names.indexOf(id)] ?? Number.NaN
    expect(at('sma_20_value', 300)).toBe(at('sma_20_value', 299) / 2)
    expect(at('obv_value', 300)).toBe(at('obv_value', 299) * 2)
    expect(at('rsi_14_value', 300)).toBe(at('rsi_14_value', 299))
  })

  it('would move obv_slope_z if the ring were not rescaled', () => {
    const position = names.indexOf('obv_slope_z_value')
    const rows = rowsOf(raw, new Map([[splitTs, 2]]))
    const unaware = rows.map((record) => ({ ...record, value: { ...record.value, split_factor: null } }))
    expect(publish(unaware)[300]?.[position]).not.toBeCloseTo(publish(rows)[300]?.[position] ?? Number.NaN, 3)
  })

  it('shifts a logarithm of a share count', () => {
    const logs = viewWith({
      vol_sma_20_value: { transform: 'log', transform_params: '{"floor":1}', range_action: 'none' },
    })
    const published = publish(withGap(rowsOf(raw, new Map([[splitTs, 2]])), 300, 1), logs)
    const position = logs.features.findIndex(({ id }) => id === 'vol_sma_20_value')
    const [before, after] = [299, 300].map((bar) => published[bar]?.[position] ?? Number.NaN)
    expect(after).toBeCloseTo((before ?? Number.NaN) + Math.log(2), 12)
  })
})
