import { expect, it } from '@jest/globals'
import { agrees, describeWithShared, medianMagnitude, readTable, toCandle } from './shared-data.ts'
import { foldSide, type SideBar, sideEngine } from './side-engine.ts'

const FILES = ['a', 'b'] as const
const needed = [
  'catalog/indicators_catalog_L1.csv',
  ...FILES.flatMap((name) => [`catalog/golden/L1_${name}.csv.gz`, `catalog/golden/bars_${name}.csv.gz`]),
]

const ids = ['vwap_intraday', 'dd_intraday', 'rvol_tod_20', 'vwap_dev', 'beta_market_60']

describeWithShared('catalog golden values of sessions and benchmark', needed, () => {
  it.each(FILES)('L1_%s: every cell is the reference value, and the same cells are empty', (name) => {
    const bars = readTable(`catalog/golden/bars_${name}.csv.gz`).rows.map((row): SideBar => {
      const [, ordinal, bar] = row.map(Number)
      const session = { ordinal: ordinal ?? Number.NaN, bar: bar ?? Number.NaN }
      return { ...toCandle(row.slice(3, 8)), session, side: { 'benchmark.close': Number(row[8]) } }
    })
    const { header, rows } = readTable(`catalog/golden/L1_${name}.csv.gz`)
    const computed = foldSide(sideEngine(...ids), bars)
    const wrong: string[] = []
    for (const column of ids.map((id) => `${id}.value`)) {
      const cell = header.indexOf(column)
      const expected = rows.slice(1).map((row) => (row[cell] === '' ? Number.NaN : Number(row[cell])))
      const magnitude = medianMagnitude(expected)
      expect(expected.filter(Number.isFinite).length).toBeGreaterThanOrEqual(80)
      expected.forEach((wanted, bar) => {
        const actual = computed[column]?.[bar] ?? Number.NaN
        const same = Number.isNaN(wanted) ? Number.isNaN(actual) : agrees(actual, wanted, 1e-9, magnitude)
        if (!same) wrong.push(`${column} bar ${bar}: ${actual}, not ${wanted}`)
      })
    }
    expect(wrong.slice(0, 10)).toEqual([])
    expect(bars).toHaveLength(rows.length - 1)
  })
})
