import { expect, it } from '@jest/globals'
import type { OutputUnit } from '../../../catalog/indicator-row.ts'
import { loadIndicatorCatalog } from '../../../catalog/indicators.ts'
import { createIndicatorEngine } from '../../../processors/indicators/engine.ts'
import { afterSplit, type Candle, stepOne } from './candles.ts'
import { agrees, describeWithShared, medianMagnitude, readBars, readTable, type Series } from './shared-data.ts'

type Split = { readonly date: string; readonly factor: number }

const BARS = 'data/bars/us-equity-raw_1d.csv.gz'
const EVENTS = 'data/events/corporate_events.csv.gz'
const UNIT_FREE: readonly OutputUnit[] = ['ratio', 'pct', 'vol']

const engine = createIndicatorEngine(loadIndicatorCatalog())
describeWithShared('real splits', [BARS, EVENTS], () => {
  const bars = readBars('us-equity-raw_1d')

  it('AAPL has its three 2:1 splits in the raw bars', () => {
    expect(splitsOf('AAPL')).toEqual([
      { date: '1987-06-16', factor: 2 },
      { date: '2000-06-21', factor: 2 },
      { date: '2005-02-28', factor: 2 },
    ])
  })

  it.each([
    ['AAPL', 3, 0],
    ['GE', 6, 1],
    ['CAT', 4, 1],
    ['BA', 8, 1],
    ['F', 6, 1],
  ])(
    '%s: every column is that of bars adjusted beforehand, in the units of its day, to 1e-9',
    (symbol, count, slack) => {
      const series = seriesOf(symbol)
      const splits = splitsOf(symbol)
      expect(splits).toHaveLength(count)
      const ours = inFinalUnits(foldRaw(series, splits, true), series, splits)
      const expected = foldAdjusted(series, splits)
      engine.columns.forEach(({ name }, column) => {
        const wanted = expected.map((row) => row[column] ?? Number.NaN)
        const magnitude = slack * medianMagnitude(wanted)
        const apart = wanted.flatMap((value, index) => {
          const actual = ours[index]?.[column] ?? Number.NaN
          if (Number.isNaN(value) ? Number.isNaN(actual) : agrees(actual, value, 1e-9, magnitude)) return []
          return [`${name} on ${series.dates[index]}: ${actual}, not ${value}`]
        })
        expect(apart).toEqual([])
      })
    },
  )

  it('without the rescale unit-free columns would jump, so the comparison can fail', () => {
    const series = seriesOf('AAPL')
    const splits = splitsOf('AAPL')
    const jumped = foldRaw(series, splits, false)
    const expected = foldAdjusted(series, splits)
    const day = series.dates.findIndex((date) => date.startsWith('2000-06-21'))
    const wrong = engine.columns.flatMap(({ name, unit }, column) => {
      if (!UNIT_FREE.includes(unit)) return []
      const actual = jumped[day]?.[column] ?? Number.NaN
      return agrees(actual, expected[day]?.[column] ?? Number.NaN, 1e-3, 0) ? [] : [name]
    })
    expect(wrong).toEqual([
      'price_location_20.value',
      'roc_10.value',
      'rsi_14.value',
      'stoch_k_14_3.value',
      'stoch_d_14_3_3.value',
      'realized_vol_20.value',
      'dd_trailing_20.value',
    ])
  })

  function seriesOf(symbol: string): Series {
    const series = bars.get(`${symbol},1d`)
    if (series === undefined) throw new Error(`no bars of ${symbol}`)
    return series
  }
})

function splitsOf(symbol: string): Split[] {
  return readTable(EVENTS)
    .rows.filter(([name, type]) => name === symbol && type === 'split')
    .map(([, , , date = '', factor]) => ({ date, factor: Number(factor) }))
    .sort((a, b) => a.date.localeCompare(b.date))
}

/** Rows in the units of their day, `rescale` being called before the first bar on or after each split date. */
function foldRaw(series: Series, splits: readonly Split[], rescale: boolean): Float64Array[] {
  const state = engine.createState()
  const pending = [...splits]
  return series.bars.map((bar, index) => {
    for (let next = pending[0]; next !== undefined && isEffective(next, series, index); next = pending[0]) {
      if (rescale) engine.rescale(state, next.factor)
      pending.shift()
    }
    return stepOne(engine, state, bar)
  })
}

/** Rows of bars divided beforehand by every split that comes after them. */
function foldAdjusted(series: Series, splits: readonly Split[]): Float64Array[] {
  const state = engine.createState()
  return series.bars.map((bar, index) => {
    const later = splits.filter((split) => !isEffective(split, series, index))
    const adjusted = later.reduce<Candle>((candle, { factor }) => afterSplit([candle], factor)[0] ?? candle, bar)
    return stepOne(engine, state, adjusted)
  })
}

function inFinalUnits(rows: readonly Float64Array[], series: Series, splits: readonly Split[]): Float64Array[] {
  return rows.map((row, index) => {
    const later = splits.filter((split) => !isEffective(split, series, index))
    const factor = later.reduce((product, split) => product * split.factor, 1)
    return row.map((value, column) => {
      const unit = engine.columns[column]?.unit
      if (unit === 'price') return value / factor
      return unit === 'shares' ? value * factor : value
    })
  })
}

function isEffective(split: Split, series: Series, index: number): boolean {
  return (series.dates[index] ?? '').slice(0, 10) >= split.date
}
