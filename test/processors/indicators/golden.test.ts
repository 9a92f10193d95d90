import { readdirSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { loadIndicatorCatalog } from '../../../catalog/indicators.ts'
import { parseTimeframe } from '../../../catalog/timeframe.ts'
import { createIndicatorEngine } from '../../../processors/indicators/engine.ts'
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

/** TA-Lib column of `../shared/golden` -> our column. */
const TALIB_COLUMNS: Readonly<Record<string, string>> = {
  sma_20: 'sma_20.value',
  sma_50: 'sma_50.value',
  ema_12: 'ema_12.value',
  ema_26: 'ema_26.value',
  ema_50: 'ema_50.value',
  macd_12_26_9: 'macd_12_26_9.line',
  macd_signal_12_26_9: 'macd_12_26_9.signal',
  macd_hist_12_26_9: 'macd_12_26_9.hist',
  rsi_14: 'rsi_14.value',
  roc_10: 'roc_10.value',
  mom_10: 'mom_10.value',
  stoch_k_14_3_3: 'stoch_k_14_3.value',
  stoch_d_14_3_3: 'stoch_d_14_3_3.value',
  true_range: 'true_range.value',
  atr_14: 'atr_14.value',
  vol_sma_20: 'vol_sma_20.value',
  obv: 'obv.value',
  range_high_20: 'range_high_20.value',
  range_low_20: 'range_low_20.value',
}

const EXACT = ['true_range', 'range_high_20', 'range_low_20', 'mom_10', 'obv']

/** TA-Lib withholds %K until %D exists; the catalog starts it as soon as it can be computed. */
const WITHHELD_BY_TALIB = { column: 'stoch_k_14_3_3', bars: [15, 16] }

const engine = createIndicatorEngine(loadIndicatorCatalog())
const columnNames = engine.columns.map(({ name }) => name)

function columnIndex(name: string): number {
  const index = columnNames.indexOf(name)
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
        const column = columnIndex(ours)
        const expected = expectedRows.map((row) => (row[cell] === '' ? Number.NaN : Number(row[cell])))
        const magnitude = medianMagnitude(expected)
        const tolerance = EXACT.includes(golden) ? 0 : 1e-9
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
    expect(compared).toBeGreaterThanOrEqual(350_621)
    expect(withheld).toBe(62)
  })
})

const catalogGolden = ['a', 'b'].flatMap((name) => [
  `catalog/golden/L1_${name}.csv.gz`,
  `catalog/golden/bars_${name}.csv.gz`,
])
/** Rows that the project's catalog does not hold yet but that need nothing but a row: windows up to 252, other parameters. */
const LATER_ROWS = [
  'sma_200',
  'ema_20',
  'ema_200',
  'rsi_2',
  'realized_vol_60',
  'range_high_55',
  'range_low_55',
  'dd_trailing_252',
]

describeWithShared('catalog golden values', [...catalogGolden, 'catalog/indicators_catalog_L1.csv'], () => {
  const compare = (name: string, rowsOf: typeof engine): number => {
    const { rows: barRows } = readTable(`catalog/golden/bars_${name}.csv.gz`)
    const { header, rows } = readTable(`catalog/golden/L1_${name}.csv.gz`)
    const computed = run(
      rowsOf,
      barRows.map((row) => toCandle(row.slice(3, 8))),
    )
    const wrong: string[] = []
    let compared = 0
    rowsOf.columns.forEach(({ name: column }, index) => {
      const cell = header.indexOf(column)
      if (cell < 0) throw new Error(`no golden column ${column}`)
      const expected = rows.slice(1).map((row) => (row[cell] === '' ? Number.NaN : Number(row[cell])))
      const magnitude = medianMagnitude(expected)
      expected.forEach((wanted, bar) => {
        const actual = computed[bar]?.[index] ?? Number.NaN
        const same = Number.isNaN(wanted) ? Number.isNaN(actual) : agrees(actual, wanted, 1e-9, magnitude)
        if (!same) wrong.push(`${column} bar ${bar}: ${actual}, not ${wanted}`)
        compared += 1
      })
    })
    expect(wrong.slice(0, 10)).toEqual([])
    expect(wrong).toHaveLength(0)
    return compared
  }

  it('L1_a and L1_b: every column of the engine has the reference values, and the same cells are empty', () => {
    const compared = compare('a', engine) + compare('b', engine)
    console.log(`catalog golden cells compared: ${compared}`)
    expect(compared).toBe(1300 * engine.columns.length)
  })

  it('rows with longer windows and other parameters need a catalog row and no new code', () => {
    const all = loadIndicatorCatalog(sharedPath('catalog/indicators_catalog_L1.csv'))
    const later = createIndicatorEngine(all.filter(({ id }) => LATER_ROWS.includes(id)))
    expect(compare('a', later) + compare('b', later)).toBe(1300 * LATER_ROWS.length)
  })
})
