import { readdirSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { parseTimeframe } from '../../../catalog/timeframe.ts'
import { createIndicatorEngine, type IndicatorEngine } from '../../../processors/indicators/engine.ts'
import { run } from './candles.ts'
import {
  agrees,
  describeWithShared,
  medianMagnitude,
  readBars,
  readTable,
  sharedPath,
  toCandle,
} from './shared-data.ts'
import { foldSurrounded, type SurroundedBar } from './surroundings.ts'
import { wholeEngine, withDependencies } from './whole-catalog.ts'

/** TA-Lib column of `../shared/golden` -> our column. */
const TALIB_COLUMNS: Readonly<Record<string, string>> = {
  sma_20: 'sma_20.value',
  sma_50: 'sma_50.value',
  sma_200: 'sma_200.value',
  ema_12: 'ema_12.value',
  ema_20: 'ema_20.value',
  ema_26: 'ema_26.value',
  ema_50: 'ema_50.value',
  wma_20: 'wma_20.value',
  dema_20: 'dema_20.value',
  tema_20: 'tema_20.value',
  t3_5: 't3_5.value',
  kama_10: 'kama_10.value',
  trix_15: 'trix_15.value',
  sar_002_02: 'sar_002_020.value',
  macd_12_26_9: 'macd_12_26_9.line',
  macd_signal_12_26_9: 'macd_12_26_9.signal',
  macd_hist_12_26_9: 'macd_12_26_9.hist',
  ppo_ema_12_26: 'ppo_12_26.value',
  adx_14: 'adx_14.value',
  plus_di_14: 'dmi_14.plus_di',
  minus_di_14: 'dmi_14.minus_di',
  rsi_14: 'rsi_14.value',
  cmo_14: 'cmo_14.value',
  roc_10: 'roc_10.value',
  mom_10: 'mom_10.value',
  stoch_k_14_3_3: 'stoch_k_14_3.value',
  stoch_d_14_3_3: 'stoch_d_14_3_3.value',
  stochrsi_fastk_14_14: 'stochrsi_14.k',
  stochrsi_fastd_14_14_3: 'stochrsi_14.d',
  cci_20: 'cci_20.value',
  mfi_14: 'mfi_14.value',
  willr_14: 'williams_r_14.value',
  ultosc_7_14_28: 'ultosc_7_14_28.value',
  true_range: 'true_range.value',
  atr_14: 'atr_14.value',
  natr_14: 'natr_14.value',
  bb_upper_20_2: 'bollinger_20_2.upper',
  bb_mid_20_2: 'bollinger_20_2.middle',
  bb_lower_20_2: 'bollinger_20_2.lower',
  vol_sma_20: 'vol_sma_20.value',
  obv: 'obv.value',
  ad: 'ad_line.value',
  adosc_3_10: 'adosc_3_10.value',
  range_high_20: 'range_high_20.value',
  range_low_20: 'range_low_20.value',
}

const EXACT = ['true_range', 'range_high_20', 'range_low_20', 'mom_10', 'obv', 'ad']

/** On nearly flat windows it divides rounding noise by rounding noise. */
const NOISY: Readonly<Record<string, number>> = { cci_20: 1e-4 }

/** TA-Lib withholds %K until %D exists; the catalog starts it as soon as it can be computed. */
const WITHHELD_BY_TALIB = { column: 'stoch_k_14_3_3', bars: [15, 16] }

const ids = Object.values(TALIB_COLUMNS).map((column) => column.split('.')[0] ?? '')
const engine = createIndicatorEngine(withDependencies(ids))

function columnIndex({ columns }: IndicatorEngine, name: string): number {
  const index = columns.findIndex((column) => column.name === name)
  if (index < 0) throw new Error(`The engine has no column ${name}`)
  return index
}

describeWithShared('TA-Lib golden values', ['golden', 'data/bars'], () => {
  const goldenFiles = readdirSync(sharedPath('golden')).filter((file) => file.endsWith('.csv.gz'))
  let compared = 0
  let withheld = 0

  it.each(goldenFiles)('%s: every kept row has the values of TA-Lib', (file) => {
    const bars = readBars(file.replace('.csv.gz', ''))
    const { header, rows } = readTable(`golden/${file}`)
    const keys = new Set(rows.map(([symbol, timeframe]) => `${symbol},${timeframe}`))
    const wrong: string[] = []
    for (const key of keys) {
      const series = bars.get(key)
      const timeframe = parseTimeframe(series?.timeframe ?? '')
      if (series === undefined || timeframe === undefined) throw new Error(`no bars for ${key}`)
      const expectedRows = rows.filter(([symbol, frame]) => `${symbol},${frame}` === key)
      const computed = run(engine, series.bars, engine.createState(), timeframe)
      for (const [golden, ours] of Object.entries(TALIB_COLUMNS)) {
        const cell = header.indexOf(golden)
        const column = columnIndex(engine, ours)
        const expected = expectedRows.map((row) => (row[cell] === '' ? Number.NaN : Number(row[cell])))
        const magnitude = medianMagnitude(expected)
        const tolerance = EXACT.includes(golden) ? 0 : (NOISY[golden] ?? 1e-9)
        expectedRows.forEach((row, position) => {
          const index = Number(row[3])
          const actual = computed[index]?.[column] ?? Number.NaN
          const wanted = expected[position] ?? Number.NaN
          if (golden === WITHHELD_BY_TALIB.column && WITHHELD_BY_TALIB.bars.includes(index)) {
            if (Number.isNaN(actual) || !Number.isNaN(wanted)) wrong.push(`${key} ${golden} bar ${index} withheld`)
            withheld += 1
            return
          }
          const same = Number.isNaN(wanted) ? Number.isNaN(actual) : agrees(actual, wanted, tolerance, magnitude)
          if (!same) wrong.push(`${key} ${golden} bar ${index}: ${actual}, not ${wanted}`)
          compared += 1
        })
      }
    }
    expect(wrong.slice(0, 10)).toEqual([])
    expect(wrong).toHaveLength(0)
  })

  it('has compared all cells', () => {
    console.log(`TA-Lib golden cells compared: ${compared}; stoch_k cells that only TA-Lib withholds: ${withheld}`)
    expect(goldenFiles).toHaveLength(9)
    expect(compared).toBe(830_503)
    expect(withheld).toBe(62)
  })
})

/** Golden files of the catalog by name, and the rows before the first bar: L1 has one that names the source of each column. */
const CATALOG_FILES = { L1: 1, L2L3: 0 }
const FILES = ['a', 'b']

const catalogGolden = FILES.flatMap((name) => [
  `catalog/golden/bars_${name}.csv.gz`,
  ...Object.keys(CATALOG_FILES).map((file) => `catalog/golden/${file}_${name}.csv.gz`),
])

describeWithShared('catalog golden values', catalogGolden, () => {
  const barsOf = (name: string): SurroundedBar[] =>
    readTable(`catalog/golden/bars_${name}.csv.gz`).rows.map((row) => {
      const [, ordinal = Number.NaN, bar = Number.NaN] = row.map(Number)
      const session = { ordinal, bar, openMs: Number.NaN, closeMs: Number.NaN, dayOfWeek: Number.NaN }
      const side = { 'benchmark.close': Number(row[8]) }
      return { ...toCandle(row.slice(3, 8)), timeframe: '1d', tsClose: Number.NaN, session, side }
    })

  const cases = FILES.flatMap((name) => Object.entries(CATALOG_FILES).map(([file, notes]) => ({ name, file, notes })))

  it.each(cases)('$file of series $name: every cell has the reference value, and the same cells are empty', (files) => {
    const { header, rows } = readTable(`catalog/golden/${files.file}_${files.name}.csv.gz`)
    const expectedRows = rows.slice(files.notes)
    const computed = foldSurrounded(wholeEngine, barsOf(files.name))
    const wrong: string[] = []
    for (const [cell, column] of header.entries()) {
      if (column === 'bar') continue
      const index = columnIndex(wholeEngine, column)
      const expected = expectedRows.map((row) => (row[cell] === '' ? Number.NaN : Number(row[cell])))
      const magnitude = medianMagnitude(expected)
      expected.forEach((wanted, bar) => {
        const actual = computed[bar]?.[index] ?? Number.NaN
        const same = Number.isNaN(wanted) ? Number.isNaN(actual) : agrees(actual, wanted, 1e-9, magnitude)
        if (!same) wrong.push(`${column} bar ${bar}: ${actual}, not ${wanted}`)
      })
      if (expected.every(Number.isNaN)) wrong.push(`${column} has no reference value`)
    }
    expect(wrong.slice(0, 10)).toEqual([])
    expect(expectedRows).toHaveLength(computed.length)
    expect(header).toHaveLength(files.file === 'L1' ? 134 : 65)
  })
})
