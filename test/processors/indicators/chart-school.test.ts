import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, it } from '@jest/globals'
import type { Candle } from './candles.ts'
import { foldVariants, type RowVariant } from './row-variants.ts'
import { describeWithShared, sharedPath } from './shared-data.ts'

// Worked examples from published spreadsheets (bukosabino/ta, MIT), to the digits they give. What differs is explained in
// docs/decisions/0013-differences-from-other-libraries.md.

const FOLDER = 'data/ta-chartschool'
const BOLLINGER = 'data/mplfinance/SPY_20110701_20120630_Bollinger.csv.gz'

type Table = {
  readonly bars: readonly Candle[]
  /** A column's numbers, NaN for an empty cell, and the unit of the last digit it gives. */
  column(name: string): { readonly values: readonly number[]; readonly digit: number }
}

type Example = {
  readonly file: string
  readonly theirs: string
  readonly ours: string
  readonly rows?: readonly (string | RowVariant)[]
  /** First bar that is compared; the first one where both have a value by default. */
  readonly from?: number
  /** First bar that is not. */
  readonly until?: number
  /** What makes their value of ours. */
  readonly scale?: number
  /** Bars by which theirs is late. */
  readonly late?: number
}

const variant = (id: string, of: string, params: Readonly<Record<string, unknown>>): RowVariant => ({ id, of, params })
const fastK = variant('stoch_k_14_1', 'stoch_k_14_3', { smooth_k: 1 })
const roc12 = variant('roc_12', 'roc_10', { window: 12 })
const wma9 = variant('wma_9', 'wma_20', { window: 9 })
const directional = ['dmi_14', 'adx_14']

const EXAMPLES: readonly Example[] = [
  { file: 'accum', theirs: 'ADLine', ours: 'ad_line.value' },
  { file: 'adx', theirs: 'TR', ours: 'true_range.value' },
  // Their sums of directional movement and true range start with 14 values, TA-Lib's and ours with 13.
  { file: 'adx', theirs: '+DI14', ours: 'dmi_14.plus_di', rows: directional, from: 260 },
  { file: 'adx', theirs: '-DI14', ours: 'dmi_14.minus_di', rows: directional, from: 260 },
  { file: 'adx', theirs: 'ADX', ours: 'adx_14.value', rows: directional, from: 310 },
  { file: 'bbands', theirs: 'MiddleBand', ours: 'bollinger_20_2.middle' },
  { file: 'bbands', theirs: 'HighBand', ours: 'bollinger_20_2.upper' },
  { file: 'bbands', theirs: 'LowBand', ours: 'bollinger_20_2.lower' },
  { file: 'bbands', theirs: 'WidthBand', ours: 'bollinger_20_2.width', scale: 100 },
  { file: 'bbands', theirs: 'PercentageBand', ours: 'bollinger_pb_20_2.value' },
  { file: 'cci', theirs: 'CCI', ours: 'cci_20.value' },
  { file: 'dc', theirs: 'upper_band', ours: 'range_high_20.value' },
  { file: 'dc', theirs: 'lower_band', ours: 'range_low_20.value' },
  { file: 'dc2', theirs: 'upper_band', ours: 'range_high_20.value', late: 1 },
  { file: 'dc2', theirs: 'lower_band', ours: 'range_low_20.value', late: 1 },
  { file: 'kama', theirs: 'ER', ours: 'er_10.value' },
  { file: 'kama', theirs: 'KAMA', ours: 'kama_10.value', rows: ['er_10', 'kama_10'] },
  { file: 'mfi', theirs: 'MFI', ours: 'mfi_14.value' },
  { file: 'obv', theirs: 'OBV', ours: 'obv.value' },
  { file: 'percentr', theirs: 'Williams_%R', ours: 'williams_r_14.value' },
  // Their first run starts at another stop; from the first reversal on there is no difference.
  { file: 'psar', theirs: 'psar_up', ours: 'sar_002_020.value', from: 8 },
  { file: 'psar', theirs: 'psar_down', ours: 'sar_002_020.value', from: 8 },
  { file: 'roc', theirs: 'ROC', ours: 'roc_12.value', rows: [roc12] },
  { file: 'soo', theirs: 'SO', ours: 'stoch_k_14_1.value', rows: [fastK] },
  { file: 'soo', theirs: 'SO_SIG', ours: 'stoch_k_14_3.value' },
  { file: 'ultosc', theirs: 'Ult_Osc', ours: 'ultosc_7_14_28.value' },
  { file: 'vortex', theirs: '+VI14', ours: 'vortex_14.vi_plus' },
  { file: 'vortex', theirs: '-VI14', ours: 'vortex_14.vi_minus' },
  // Theirs runs over 14 bars, ours over the session, which here has them all.
  { file: 'vwap', theirs: 'vwap', ours: 'vwap_intraday.value', until: 14 },
  { file: 'wma', theirs: 'WMA', ours: 'wma_9.value', rows: [wma9], from: 8 },
]

describeWithShared('worked examples of chart schools', [FOLDER, BOLLINGER], () => {
  it.each(EXAMPLES)('$file $theirs = $ours', (example) => {
    const { file, theirs, ours, from = 0, until = Number.POSITIVE_INFINITY, scale = 1, late = 0 } = example
    const table = readExample(file)
    const columns = foldVariants(example.rows ?? [ours.split('.')[0] ?? ''], table.bars)
    const own = columns.get(ours) ?? []
    const shifted = own.map((_, index) => scale * (own[index - late] ?? Number.NaN))
    const compared = (_: number, index: number) => index >= from && index < until && !Number.isNaN(shifted[index] ?? 0)
    const { values, digit } = table.column(theirs)
    const expected = values.map((value, index) => (compared(value, index) ? value : Number.NaN))
    expect(expected.some((value) => !Number.isNaN(value))).toBe(true)
    expect(barsApart(shifted, expected, digit)).toEqual([])
  })

  // The following start their averages otherwise and are too short to forget it. Their own start gives their numbers, so that the
  // start is all that differs.

  it.each([
    ['atr', 14],
    ['atr2', 10],
  ])(
    '%s: the average true range takes the range of bar 0 into its seed; the difference fades by (n-1)/n a bar',
    (file, window) => {
      const { bars, column } = readExample(file)
      const ranges = bars.map(({ high, low }, index) => {
        const previous = bars[index - 1]?.close ?? low
        return Math.max(high, index === 0 ? high : previous) - Math.min(low, previous)
      })
      const seed = sum(ranges.slice(0, window)) / window
      const theirs = exponential(ranges.slice(window), 1 / window, seed)
      const { values } = column('ATR')
      expect(barsApart(theirs, values.slice(window), 1e-9)).toEqual([])
      const row = variant('atr_n', 'atr_14', { window })
      const gaps = (foldVariants([row], bars).get('atr_n.value') ?? [])
        .slice(window)
        .map((value, index) => value - (theirs[index] ?? 0))
      const fading = gaps.map((_, age) => (gaps[0] ?? 0) * ((window - 1) / window) ** age)
      expect(barsApart(gaps, fading, 1e-12)).toEqual([])
    },
  )

  it('fi: the force index starts at its first value; the difference fades by 1 - 2/14 a bar', () => {
    const { bars, column } = readExample('fi')
    const forces = bars.slice(1).map(({ close, volume }, index) => (close - (bars[index]?.close ?? 0)) * volume)
    const theirs = exponential(forces, 2 / 14, forces[0] ?? 0)
    const { values } = column('FI')
    expect(barsApart(theirs, values.slice(1), 1e-5)).toEqual([])
    const gaps = (foldVariants(['efi_13'], bars).get('efi_13.value') ?? [])
      .slice(13)
      .map((value, index) => value - (theirs[index + 12] ?? 0))
    const fading = gaps.map((_, age) => (gaps[0] ?? 0) * (12 / 14) ** age)
    expect(barsApart(gaps, fading, 1e-9)).toEqual([])
  })

  it('macd, ppo: the averages start at the first close', () => {
    const macd = readExample('macd')
    const closes = macd.bars.map(({ close }) => close)
    const line = difference(fromFirst(closes, 12), fromFirst(closes, 26))
    expect(barsApart(line, macd.column('MACD_line').values, 1e-7)).toEqual([])
    const ours = foldVariants(['macd_12_26_9'], macd.bars).get('macd_12_26_9.line') ?? []
    expect(Math.abs((ours.at(-1) ?? 0) - (line.at(-1) ?? 0))).toBeLessThan(1e-4)

    const ppo = readExample('ppo')
    const prices = ppo.bars.map(({ close }) => close)
    const slow = fromFirst(prices, 26)
    const parts = difference(fromFirst(prices, 12), slow).map((gap, index) => (100 * gap) / (slow[index] ?? 0))
    expect(barsApart(parts, ppo.column('PPO').values, 1e-6)).toEqual([])
  })

  it('rsi, stochrsi: gains and losses start at 0, a change before the first', () => {
    for (const file of ['rsi', 'stochrsi']) {
      const { bars, column } = readExample(file)
      const changes = bars.map(({ close }, index) => close - (bars[index - 1]?.close ?? close))
      const gains = exponential(
        changes.map((change) => Math.max(change, 0)),
        1 / 14,
        0,
      )
      const losses = exponential(
        changes.map((change) => Math.max(-change, 0)),
        1 / 14,
        0,
      )
      const strengths = gains.map((gain, index) => (100 * gain) / (gain + (losses[index] ?? 0)))
      expect(barsApart(strengths, column('RSI').values, 1e-6)).toEqual([])
      if (file === 'rsi') continue
      const places = strengths.map((strength, index) => {
        const window = strengths.slice(index - 13, index + 1)
        return (strength - Math.min(...window)) / (Math.max(...window) - Math.min(...window))
      })
      expect(barsApart(places, column('StochRSI(14)').values, 1e-6)).toEqual([])
    }
  })

  it('tsi: the weights 2/26 and 2/14 are rounded to 0.07692 and 0.1428', () => {
    const { bars, column } = readExample('tsi')
    const changes = bars.slice(1).map(({ close }, index) => close - (bars[index]?.close ?? 0))
    const smooth = (values: readonly number[]) => seeded(seeded(values, 25, 0.07692), 13, 0.1428)
    const gross = smooth(changes.map(Math.abs))
    const theirs = smooth(changes).map((net, index) => (100 * net) / (gross[index] ?? 0))
    const expected = column('TSI').values.slice(37)
    expect(barsApart(theirs, expected, 1e-6)).toEqual([])
    const ours = (foldVariants(['tsi_25_13'], bars).get('tsi_25_13.value') ?? []).slice(37)
    expect(barsApart(ours, expected, 0.02)).toEqual([])
  })

  it('ui: the one ulcer index takes each drawdown from the highest close since the first bar', () => {
    const { bars, column } = readExample('ui')
    const closes = bars.map(({ close }) => close)
    const falls = closes.map((close, index) => 100 * (close / Math.max(...closes.slice(0, index + 1)) - 1))
    const index = Math.sqrt(sum(falls.map((fall) => fall * fall)) / falls.length)
    expect(index).toBeCloseTo(column('ulcer_index').values[13] ?? Number.NaN, 8)
  })

  it('Bollinger bands of mplfinance take the sample deviation: ours times sqrt(20/19)', () => {
    const lines = gunzipSync(readFileSync(sharedPath(BOLLINGER)))
      .toString('utf8')
      .trimEnd()
      .split(/\r?\n/)
      .slice(1)
    const cells = lines.map((line) => line.split(',').slice(1).map(Number))
    const bars = cells.map(([open = 0, high = 0, low = 0, close = 0, , volume = 0]) => ({
      open,
      high,
      low,
      close,
      volume,
    }))
    const columns = foldVariants(['bollinger_20_2'], bars)
    const middle = columns.get('bollinger_20_2.middle') ?? []
    const upper = (columns.get('bollinger_20_2.upper') ?? []).map((value, index) => {
      const center = middle[index] ?? 0
      return center + (value - center) * Math.sqrt(20 / 19)
    })
    const expected = cells.map((row, index) => (index < 19 ? Number.NaN : (row[6] ?? 0)))
    expect(barsApart(upper, expected, 1e-9)).toEqual([])
  })
})

/** A column that is missing is made of the others; a price that is missing takes no part in what the example is about. */
function readExample(name: string): Table {
  const [head = '', ...lines] = readFileSync(sharedPath(`${FOLDER}/cs-${name}.csv`), 'utf8')
    .trimEnd()
    .split(/\r?\n/)
  const header = head.split(',').map((title) => title.trim().toLowerCase())
  const rows = lines.map((line) => line.split(',').map((cell) => cell.trim()))
  const cells = (title: string) => rows.map((row) => row[header.indexOf(title.toLowerCase())] ?? '')
  const column = (title: string) => {
    const texts = cells(title)
    const decimals = Math.max(...texts.map((text) => text.split('.')[1]?.length ?? 0))
    return { values: texts.map((text) => (text === '' ? Number.NaN : Number(text))), digit: 10 ** -decimals }
  }
  const field = (title: string, index: number) => Number(cells(title)[index] || Number.NaN)
  const bars = rows.map((_, index): Candle => {
    const high = field('high', index)
    const low = field('low', index)
    const close = [field('close', index), high, 100].find((price) => !Number.isNaN(price)) ?? 100
    const orClose = (price: number) => (Number.isNaN(price) ? close : price)
    const volume = field('volume', index)
    return { open: close, high: orClose(high), low: orClose(low), close, volume: Number.isNaN(volume) ? 0 : volume }
  })
  return { bars, column }
}

/** Places where a value is expected and the actual one is further away than `tolerance` plus rounding. */
function barsApart(actual: readonly number[], expected: readonly number[], tolerance: number): number[] {
  return expected.flatMap((wanted, index) => {
    const slack = tolerance + 1e-12 * Math.abs(wanted)
    return Number.isNaN(wanted) || Math.abs((actual[index] ?? Number.NaN) - wanted) <= slack ? [] : [index]
  })
}

/** e += weight * (x - e), from `start`. */
function exponential(values: readonly number[], weight: number, start: number): number[] {
  let average = start
  return values.map((value) => {
    average += weight * (value - average)
    return average
  })
}

function fromFirst(values: readonly number[], length: number): number[] {
  return exponential(values, 2 / (length + 1), values[0] ?? 0)
}

/** As {@link exponential} from the mean of the first `length` values on, which is the first of the result. */
function seeded(values: readonly number[], length: number, weight: number): number[] {
  const seed = sum(values.slice(0, length)) / length
  return [seed, ...exponential(values.slice(length), weight, seed)]
}

function difference(first: readonly number[], second: readonly number[]): number[] {
  return first.map((value, index) => value - (second[index] ?? Number.NaN))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
