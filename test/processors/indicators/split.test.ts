import { expect, it } from '@jest/globals'
import type { OutputUnit } from '../../../catalog/indicator-row.ts'
import { createIndicatorEngine, type IndicatorEngine } from '../../../processors/indicators/engine.ts'
import { afterSplit, type Candle, mulberry32 } from './candles.ts'
import { surround } from './random-surroundings.ts'
import { agrees, describeWithShared, medianMagnitude, readBars, readTable, type Series } from './shared-data.ts'
import { type SurroundedBar, stepSurrounded, surroundedAfterSplit } from './surroundings.ts'
import { wholeEngine, withDependencies } from './whole-catalog.ts'

type Split = { readonly date: string; readonly factor: number }

const BARS = 'data/bars/us-equity-raw_1d.csv.gz'
const EVENTS = 'data/events/corporate_events.csv.gz'
const UNIT_FREE: readonly OutputUnit[] = ['ratio', 'pct', 'vol']

/** Bars before and after a split that are looked at: more than the longest warm-up before it. */
const BEFORE = 400
const AFTER = 200

const nothing = Number.NaN
const { isNaN: isNull } = Number

/**
 * Rows whose value depends on the units: the weights of fracdiff_04 are cut off after 100 bars and do not add up to 0, and ln(1 + V)
 * is not ln V. Their own bars adjusted beforehand are those in the units of their day; of all other rows any units will do.
 */
const OF_THE_DAY = ['fracdiff_04', 'vol_z_20']

describeWithShared('real splits', [BARS, EVENTS], () => {
  const bars = readBars('us-equity-raw_1d')

  it('AAPL has its three 2:1 splits in the raw bars', () => {
    expect(splitsOf('AAPL')).toEqual([
      { date: '1987-06-16', factor: 2 },
      { date: '2000-06-21', factor: 2 },
      { date: '2005-02-28', factor: 2 },
    ])
  })

  const symbols = [
    ['AAPL', 3],
    ['GE', 6],
    ['CAT', 4],
    ['BA', 8],
    ['F', 6],
  ] as const

  it.each(symbols)(
    '%s: around each split every column of every row is that of bars adjusted beforehand, to 1e-9',
    (symbol, count) => {
      expect(splitsOf(symbol)).toHaveLength(count)
      const wrong = windowsOf(seriesOf(symbol), splitsOf(symbol)).flatMap(({ window, splits }) => {
        const series = inWholeUnits(window, splits)
        const expected = foldAdjusted(wholeEngine, series, splits)
        const ours = inFinalUnits(wholeEngine, foldRaw(wholeEngine, series, splits, true), series, splits)
        return wholeEngine.columns.flatMap(({ name, indicatorId }, column) =>
          OF_THE_DAY.includes(indicatorId) ? [] : apart(name, column, ours, expected, series).slice(0, 2),
        )
      })
      expect(wrong).toEqual([])
    },
    120_000,
  )

  it.each(symbols.map(([symbol]) => symbol))(
    '%s: fracdiff_04 and vol_z_20 are those of bars in the units of their day, to 1e-9',
    (symbol) => {
      const engine = createIndicatorEngine(withDependencies(OF_THE_DAY))
      const wrong = splitsOf(symbol).flatMap((split) => {
        const series = around(seriesOf(symbol), [split])
        const ours = foldRaw(engine, series, [split], true)
        const adjusted = foldAdjusted(engine, series, [split])
        const expected = adjusted.map((row, index) => (isEffective(split, series, index) ? row : (ours[index] ?? row)))
        return engine.columns.flatMap(({ name }, column) => apart(name, column, ours, expected, series).slice(0, 2))
      })
      expect(wrong).toEqual([])
    },
  )

  it('without the rescale unit-free columns would jump, so the comparison can fail', () => {
    const splits = splitsOf('AAPL')
    const series = around(seriesOf('AAPL'), splits)
    const engine = createIndicatorEngine(
      withDependencies(['rsi_14', 'stoch_k_14_3', 'realized_vol_20', 'vwma_20', 'cmf_20']),
    )
    const jumped = foldRaw(engine, series, splits, false)
    const expected = foldAdjusted(engine, series, splits)
    const day = series.dates.findIndex((date) => date.startsWith('2000-06-21'))
    const wrong = engine.columns.flatMap(({ name, unit }, column) => {
      if (!UNIT_FREE.includes(unit)) return []
      const actual = jumped[day]?.[column] ?? Number.NaN
      return agrees(actual, expected[day]?.[column] ?? Number.NaN, 1e-3, 0) ? [] : [name]
    })
    expect(wrong).toEqual(['rsi_14.value', 'stoch_k_14_3.value', 'realized_vol_20.value', 'cmf_20.value'])
  })

  it('in dollars, two thirds of a price may break a tie of directional movement that the raw bars have', () => {
    const splits = splitsOf('BA').filter(({ date }) => date === '1989-06-12')
    const series = around(seriesOf('BA'), splits)
    const engine = createIndicatorEngine(withDependencies(['dmi_14']))
    const ours = foldRaw(engine, series, splits, true)
    const expected = foldAdjusted(engine, series, splits)
    const first = expected.findIndex(([value = nothing], index) => {
      return !isNull(value) && !agrees(ours[index]?.[0] ?? nothing, value, 1e-9, 1)
    })
    const moves = (all: readonly Candle[]) => {
      const [before, bar] = all.slice(first - 1, first + 1)
      if (before === undefined || bar === undefined) throw new Error('no bars')
      return { up: bar.high - before.high, down: before.low - bar.low }
    }
    const raw = moves(series.bars)
    const adjusted = moves(series.bars.map((bar, index) => adjust(bar, index, series, splits)))
    expect(series.dates[first]).toBe('1989-04-24T00:00:00Z')
    expect(raw.up).toBe(raw.down)
    expect(adjusted.up).not.toBe(adjusted.down)
    expect(adjusted.up).toBeCloseTo(adjusted.down, 12)
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

/** The bars around some splits. */
function around(series: Series, splits: readonly Split[]): Series {
  const places = splits.map(({ date }) => series.dates.findIndex((one) => one.slice(0, 10) >= date))
  const [from, to] = [Math.max(0, Math.min(...places) - BEFORE), Math.max(...places) + AFTER]
  return { ...series, dates: series.dates.slice(from, to), bars: series.bars.slice(from, to) }
}

/** The bars around each split; splits that come soon after one another share a window. */
function windowsOf(series: Series, splits: readonly Split[]): { window: Series; splits: readonly Split[] }[] {
  const groups: Split[][] = []
  for (const split of splits) {
    const group = groups.at(-1)
    const isSoon = group !== undefined && around(series, group).dates.some((date) => date.slice(0, 10) >= split.date)
    if (isSoon) group.push(split)
    else groups.push([split])
  }
  return groups.map((group) => ({ window: around(series, group), splits: group }))
}

/**
 * Prices in so small a unit, and volumes in so small a part of a share, that they are whole numbers before and after all splits. In
 * dollars two thirds of a price are rounded, and what ties in the raw bars (+DM with -DM, a body with 0.3 of another, a price with the
 * edge of a bin) need not tie in the adjusted ones.
 */
function inWholeUnits(series: Series, splits: readonly Split[]): Series {
  const fractions = splits.map(({ factor }) => fractionOf(factor))
  const price = fractions.reduce((product, [numerator]) => product * numerator, 10_000)
  const volume = fractions.reduce((product, [, denominator]) => product * denominator, 1)
  const whole = (value: number) => Math.round(value * 10_000) * (price / 10_000)
  const bars = series.bars.map((bar) => ({
    open: whole(bar.open),
    high: whole(bar.high),
    low: whole(bar.low),
    close: whole(bar.close),
    volume: Math.round(bar.volume) * volume,
  }))
  return { ...series, bars }
}

function fractionOf(factor: number): readonly [number, number] {
  for (let denominator = 1; denominator <= 1000; denominator += 1) {
    const numerator = Math.round(factor * denominator)
    if (Math.abs(numerator / denominator - factor) < 1e-12) return [numerator, denominator]
  }
  throw new Error(`${factor} is no fraction of at most three digits`)
}

/** Bars divided beforehand by every split that comes after them, with random surroundings. */
function adjustedBars(series: Series, splits: readonly Split[]): SurroundedBar[] {
  const candles = series.bars.map((bar, index) => adjust(bar, index, series, splits))
  return surround(candles, { timeframe: '1d', complete: false }, mulberry32(5))
}

function adjust(bar: Candle, index: number, series: Series, splits: readonly Split[]): Candle {
  const later = splits.filter((split) => !isEffective(split, series, index))
  return later.reduce<Candle>((candle, { factor }) => afterSplit([candle], factor)[0] ?? candle, bar)
}

function foldAdjusted(engine: IndicatorEngine, series: Series, splits: readonly Split[]): Float64Array[] {
  const state = engine.createState()
  return adjustedBars(series, splits).map((bar) => stepSurrounded(engine, state, bar))
}

/** Rows in the units of their day, `rescale` being called before the first bar on or after each split date. */
function foldRaw(engine: IndicatorEngine, series: Series, splits: readonly Split[], rescale: boolean): Float64Array[] {
  const state = engine.createState()
  const pending = [...splits]
  return adjustedBars(series, splits).map((adjusted, index) => {
    for (let next = pending[0]; next !== undefined && isEffective(next, series, index); next = pending[0]) {
      if (rescale) engine.rescale(state, next.factor)
      pending.shift()
    }
    const [inOldUnits = adjusted] = surroundedAfterSplit([adjusted], 1 / laterFactor(series, splits, index))
    return stepSurrounded(engine, state, { ...inOldUnits, ...series.bars[index] })
  })
}

function inFinalUnits(
  { columns }: IndicatorEngine,
  rows: readonly Float64Array[],
  series: Series,
  splits: readonly Split[],
): Float64Array[] {
  return rows.map((row, index) => {
    const factor = laterFactor(series, splits, index)
    return row.map((value, column) => {
      const unit = columns[column]?.unit
      if (unit === 'price') return value / factor
      return unit === 'shares' ? value * factor : value
    })
  })
}

/** The cells of a column that differ by more than 1e-9, relative to the value and to what the column usually is when it is not 0. */
function apart(
  name: string,
  column: number,
  actual: readonly Float64Array[],
  expected: readonly Float64Array[],
  series: Series,
): string[] {
  const wanted = expected.map((row) => row[column] ?? nothing)
  const magnitude = medianMagnitude(wanted.filter((value) => value !== 0))
  const found: string[] = []
  for (const [index, value] of wanted.entries()) {
    const ours = actual[index]?.[column] ?? nothing
    const isSame = isNull(value) ? isNull(ours) : agrees(ours, value, 1e-9, magnitude)
    if (!isSame) found.push(`${name} on ${series.dates[index]}: ${ours}, not ${value}`)
  }
  return found
}

function laterFactor(series: Series, splits: readonly Split[], index: number): number {
  const later = splits.filter((split) => !isEffective(split, series, index))
  return later.reduce((product, { factor }) => product * factor, 1)
}

function isEffective(split: Split, series: Series, index: number): boolean {
  return (series.dates[index] ?? '').slice(0, 10) >= split.date
}
