import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, it } from '@jest/globals'
import type { Candle } from './candles.ts'
import { foldVariants, type RowVariant } from './row-variants.ts'
import { agrees, describeWithShared, medianMagnitude, readTable, sharedPath, toCandle } from './shared-data.ts'

// The stored results of Stock.Indicators (Apache-2.0) on its default quotes. What differs is explained in
// docs/decisions/0013-differences-from-other-libraries.md.

const RESULTS = 'data/stock-indicators/results'
const QUOTES = 'data/stock-indicators/quotes'

type Comparison = {
  /** File and field of theirs. */
  readonly theirs: string
  /** Our column. */
  readonly ours: string
  /** First bars with a value, where they are not the same: ours, theirs. */
  readonly starts?: readonly [number, number]
  /** First bar from which both agree for good; on the bar before they do not. */
  readonly from?: number
  /** Bars on which alone they differ. */
  readonly except?: readonly number[]
}

const same = (theirs: string, ours: string, rest: Omit<Comparison, 'theirs' | 'ours'> = {}): Comparison => ({
  theirs,
  ours,
  ...rest,
})

const COMPARISONS: readonly Comparison[] = [
  same('adl.adl', 'ad_line.value'),
  same('aroon.aroonUp', 'aroon_25.up', { except: [193] }),
  same('aroon.aroonDown', 'aroon_25.down', { except: [232] }),
  same('aroon.oscillator', 'aroon_25.osc', { except: [193, 232] }),
  same('atr.tr', 'true_range.value'),
  same('atr.atr', 'atr_14.value'),
  same('atr.atrp', 'natr_14.value'),
  same('awesome.oscillator', 'ao_5_34.value'),
  same('bb.sma', 'bollinger_20_2.middle'),
  same('bb.upperBand', 'bollinger_20_2.upper'),
  same('bb.lowerBand', 'bollinger_20_2.lower'),
  same('bb.width', 'bollinger_20_2.width'),
  same('bb.percentB', 'bollinger_pb_20_2.value'),
  same('bb.zScore', 'zscore_20.value'),
  same('stdev.zScore', 'zscore_14.value'),
  same('cci.cci', 'cci_20.value'),
  same('chop.chop', 'chop_14.value'),
  same('cmf.cmf', 'cmf_20.value'),
  same('crsi.streak', 'streak_1.value', { starts: [1, 0] }),
  same('doji.candle.bodyPct', 'candle_body_pct.value'),
  same('doji.candle.upperWickPct', 'upper_wick_pct.value'),
  same('doji.candle.lowerWickPct', 'lower_wick_pct.value'),
  same('ema.ema', 'ema_20.value'),
  same('force.forceIndex', 'efi_2.value'),
  same('hma.hma', 'hma_14.value'),
  same('ichimoku.tenkanSen', 'ichimoku_9_26_52.tenkan', { starts: [77, 8] }),
  same('ichimoku.kijunSen', 'ichimoku_9_26_52.kijun', { starts: [77, 25] }),
  same('ichimoku.senkouSpanA', 'ichimoku_9_26_52.span_a', { starts: [77, 51] }),
  same('ichimoku.senkouSpanB', 'ichimoku_9_26_52.span_b'),
  same('kama.er', 'er_10.value'),
  same('kama.kama', 'kama_10.value', { starts: [10, 9] }),
  same('mfi.mfi', 'mfi_14.value'),
  same('roc.roc', 'roc_14.value'),
  same('roc.momentum', 'mom_14.value'),
  same('rsi.rsi', 'rsi_14.value'),
  same('slope.slope', 'trend_regression_14.slope'),
  same('slope.rSquared', 'trend_regression_14.r2'),
  same('sma.sma', 'sma_20.value'),
  same('stoch.k', 'stoch_k_14_3.value'),
  same('stoch.d', 'stoch_d_14_3_3.value'),
  same('stoch-rsi.stochRsi', 'stochrsi_14.k', { starts: [29, 27] }),
  same('stoch-rsi.signal', 'stochrsi_14.d'),
  same('supertrend.superTrend', 'supertrend_10_3.value'),
  same('tsi.tsi', 'tsi_25_13.value'),
  same('uo.ultimate', 'ultosc_7_14_28.value'),
  same('vortex.pvi', 'vortex_14.vi_plus'),
  same('vortex.nvi', 'vortex_14.vi_minus'),
  same('vwap.vwap', 'vwap_intraday.value'),
  same('vwma.vwma', 'vwma_14.value'),
  same('willr.williamsR', 'williams_r_14.value'),
  same('wma.wma', 'wma_14.value'),
  // Seeded otherwise: the same recursion from another start, equal once that is forgotten.
  same('adx.pdi', 'dmi_14.plus_di', { from: 240 }),
  same('adx.mdi', 'dmi_14.minus_di', { from: 231 }),
  same('adx.adx', 'adx_14.value', { from: 283 }),
  same('chaikin-osc.oscillator', 'adosc_3_10.value', { from: 102 }),
  same('dema.dema', 'dema_14.value', { starts: [26, 13], from: 112 }),
  same('macd.macd', 'macd_12_26_9.line', { starts: [33, 25], from: 134 }),
  same('macd.signal', 'macd_12_26_9.signal', { from: 141 }),
  same('macd.histogram', 'macd_12_26_9.hist', { from: 150 }),
  same('psar.sar', 'sar_002_020.value', { starts: [1, 14], from: 251 }),
  same('t3.t3', 't3_5.value', { starts: [24, 0], from: 50 }),
  same('tema.tema', 'tema_20.value', { starts: [57, 19], from: 206 }),
  same('trix.trix', 'trix_14.value', { starts: [40, 14], from: 177 }),
]

const variant = (id: string, of: string, params: Readonly<Record<string, unknown>>): RowVariant => ({ id, of, params })
const over14 = (id: string, of: string) => variant(id, of, { window: 14 })
const VARIANTS = [
  variant('efi_2', 'efi_13', { window: 2 }),
  variant('atr_10', 'atr_14', { window: 10 }),
  over14('sma_14', 'sma_20'),
  over14('wma_14', 'wma_20'),
  over14('ema_14', 'ema_20'),
  over14('zscore_14', 'zscore_20'),
  over14('hma_14', 'hma_20'),
  over14('roc_14', 'roc_10'),
  over14('mom_14', 'mom_10'),
  over14('trend_regression_14', 'trend_regression_50'),
  over14('dema_14', 'dema_20'),
  over14('trix_14', 'trix_15'),
  over14('vwma_14', 'vwma_20'),
]
const OTHERS = ['bop_1', 'cmo_14', 'obv', 'ulcer_14', 'range_high_20', 'range_low_20', 'swing_high_5', 'swing_low_5']

describeWithShared('values of Stock.Indicators', [RESULTS, QUOTES], () => {
  const bars = readQuotes('default')
  const closes = bars.map(({ close }) => close)
  const varied = new Set(VARIANTS.map(({ id }) => id))
  const compared = COMPARISONS.map(({ ours }) => ours.split('.')[0] ?? '').filter((id) => !varied.has(id))
  const columns = foldVariants([...new Set([...compared, ...OTHERS, ...VARIANTS])], bars)
  const ours = (name: string): readonly number[] => {
    const values = columns.get(name)
    if (values === undefined) throw new Error(`no column ${name}`)
    return values
  }

  it.each(COMPARISONS)('$theirs = $ours', (comparison) => {
    const { starts, from = 0, except = [] } = comparison
    const own = ours(comparison.ours)
    const expected = readResult(comparison.theirs)
    if (starts === undefined) expect(firstValue(own)).toBe(firstValue(expected))
    else expect([firstValue(own), firstValue(expected)]).toEqual(starts)
    const apart = barsApart(own, expected, Math.max(from, ...(starts ?? [])))
    expect(apart).toEqual(except)
    if (from > 0) expect(barsApart(own, expected, from - 1)).toEqual([from - 1, ...except])
  })

  it('the balance of volume starts at the first volume, theirs at 0', () => {
    const first = bars[0]?.volume ?? Number.NaN
    expect(ours('obv.value').map((value) => value - first)).toEqual(readResult('obv.obv'))
  })

  it('Donchian channels leave the current bar out: they are the range of the bar before', () => {
    expect(barsApart(ago(ours('range_high_20.value'), 1), readResult('donchian.upperBand'), 0)).toEqual([])
    expect(barsApart(ago(ours('range_low_20.value'), 1), readResult('donchian.lowerBand'), 0)).toEqual([])
  })

  it('fractals are shown on their own bar, ours two bars later, when they are known', () => {
    expect(barsApart(ours('swing_high_5.price'), ago(readResult('fractal.fractalBear'), 2), 4)).toEqual([])
    expect(barsApart(ours('swing_low_5.price'), ago(readResult('fractal.fractalBull'), 2), 4)).toEqual([])
  })

  it('the balance of power is averaged over 14 bars', () => {
    const averages = ours('bop_1.value').map((_, index, all) => mean(all.slice(Math.max(0, index - 13), index + 1)))
    expect(barsApart(averages, readResult('bop.bop'), 13)).toEqual([])
  })

  it("the momentum oscillator sums gains and losses (Chande's first form), ours smooths them as TA-Lib does", () => {
    const changes = closes.map((close, index) => close - (closes[index - 1] ?? close))
    const summed = changes.map((_, index) => {
      const window = changes.slice(Math.max(0, index - 13), index + 1)
      return (100 * sum(window)) / sum(window.map(Math.abs))
    })
    expect(barsApart(summed, readResult('cmo.cmo'), 14)).toEqual([])
    expect(barsApart(ours('cmo_14.value'), readResult('cmo.cmo'), 14).length).toBeGreaterThan(480)
  })

  it('the ulcer index takes each drawdown from the highest close so far within the window, ours from that of 14 bars', () => {
    const expected = readResult('ulcer.ui')
    const within = closes.map((_, index) => {
      const window = closes.slice(Math.max(0, index - 13), index + 1)
      const falls = window.map((close, place) => 100 * (close / Math.max(...window.slice(0, place + 1)) - 1))
      return Math.sqrt(mean(falls.map((fall) => fall * fall)))
    })
    expect(barsApart(within, expected, 13)).toEqual([])
    const below = ours('ulcer_14.value').filter((value, index) => value < (expected[index] ?? Number.NaN) - 1e-12)
    expect(below).toEqual([])
  })

  it('Keltner channels run around the average of the close, two average ranges of ten bars away', () => {
    const center = readResult('keltner.centerline')
    expect(barsApart(ours('ema_20.value'), center, 19)).toEqual([])
    const halfWidth = readResult('keltner.upperBand').map((upper, index) => (upper - (center[index] ?? 0)) / 2)
    expect(barsApart(ours('atr_10.value'), halfWidth, 19)).toEqual([])
  })

  it('beta of another symbol to these quotes', () => {
    const other = readQuotes('compare')
    const row = variant('beta_market_50', 'beta_market_60', { window: 50 })
    const beta = foldVariants([row], other, (index) => ({ 'benchmark.close': closes[index] ?? Number.NaN }))
    const values = beta.get('beta_market_50.value') ?? []
    expect(firstValue(values)).toBe(50)
    expect(barsApart(values, readResult('beta.beta'), 0)).toEqual([])
  })
})

function readQuotes(name: string): Candle[] {
  return readTable(`${QUOTES}/${name}.csv.gz`).rows.map(([, ...cells]) => toCandle(cells))
}

function readResult(place: string): number[] {
  const [file, ...fields] = place.split('.')
  const text = gunzipSync(readFileSync(sharedPath(`${RESULTS}/${file}.standard.json.gz`))).toString('utf8')
  const records = JSON.parse(text) as Record<string, unknown>[]
  return records.map((record) => {
    const value = fields.reduce<unknown>((inner, field) => (inner as Record<string, unknown>)[field], record)
    return typeof value === 'number' ? value : Number.NaN
  })
}

/** Bars from `from` on where one has a value and the other has not, or the two differ by more than 1e-9 relative. */
function barsApart(actual: readonly number[], expected: readonly number[], from: number): number[] {
  const magnitude = medianMagnitude(expected)
  return expected.flatMap((wanted, index) => {
    const value = actual[index] ?? Number.NaN
    if (index < from || (Number.isNaN(wanted) && Number.isNaN(value))) return []
    return agrees(value, wanted, 1e-9, magnitude) ? [] : [index]
  })
}

function firstValue(values: readonly number[]): number {
  return values.findIndex((value) => !Number.isNaN(value))
}

function ago(values: readonly number[], bars: number): number[] {
  return values.map((_, index) => values[index - bars] ?? Number.NaN)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length
}
