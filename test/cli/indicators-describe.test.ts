import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { loadCatalog } from '../../catalog/indicators.ts'
import { nearestNames } from '../../catalog/nearest-names.ts'
import { catalogFile } from '../../catalog/project-root.ts'
import { catalogOf } from '../../cli/indicators/catalog-option.ts'
import { listIndicators, showIndicator } from '../../cli/indicators/describe.ts'

const rows = loadCatalog()
const idsOf = (list: string) =>
  list
    .split('\n')
    .slice(2)
    .map((line) => line.trim().split(' ')[0])

describe('barline indicators list', () => {
  it('lists the catalog, also that of another folder', () => {
    expect(listIndicators(rows, {})).toContain(`${rows.length} of ${rows.length} indicators`)
    expect(catalogOf(fileURLToPath(catalogFile('')))).toEqual(rows)
  })

  it.each([
    [{ family: 'momentum', level: 'L1', timeframe: '1w' }, 'rsi_14', 'sma_20'],
    [{ level: 'L3', timeframe: '15m' }, 'sr_zone_v1', 'trend_state_v1'],
    [{ family: 'Candle Grammar' }, 'gap_1', 'roc_10'],
  ])('by %j', (filter, _in, out) => {
    const listed = idsOf(listIndicators(rows, filter))
    expect(listed).not.toContain(out)
    const { family = '', level, timeframe } = filter as { family?: string; level?: string; timeframe?: string }
    const expected = rows.filter(
      (row) =>
        row.family.toLowerCase().includes(family.toLowerCase()) &&
        (level === undefined || row.level === level) &&
        (timeframe === undefined || row.defaultTimeframes.some((each) => each === timeframe)),
    )
    expect(listed.slice(0, expected.length)).toEqual(expected.map(({ id }) => id))
  })

  it.each([
    [{ family: 'astrology' }, /No family astrology; there are Trend/],
    [{ level: 'L4' }, /Level "L4" is not one of L1, L2, L3/],
    [{ timeframe: '2h' }, /Timeframe "2h" is not one of/],
  ])('has no %j', (filter, message) => {
    expect(() => listIndicators(rows, filter)).toThrow(message)
  })
})

describe('barline indicators show', () => {
  it('says what the catalog and the code say', () => {
    const page = showIndicator(rows, 'trend_state_v1')
    for (const text of [
      'trend_state_v1: Trend state (one timeframe)',
      'state=CONFIRM(cand,2)',
      'slope_bars = 5',
      'at bar 56, the first being 1',
      'ema_20, ema_50, adx_14, atr_14',
      'strong_down',
      'Wilder (1978)',
      'trend_mtf_v1',
    ])
      expect(page).toContain(text)
    expect(page).toMatch(/trend_state_v1\.score +float64 +ratio +-1 to 1/)
    expect(showIndicator(rows, 'stochrsi_14')).toMatch(/computed from +price, rsi_14/)
    expect(showIndicator(rows, 'spread_bp')).toMatch(/from outside +quote.bid, quote.ask/)
    expect(showIndicator(rows, 'breadth_v1')).toContain('computed at barriers over all symbols')
  })

  it('has something to say of every row', () => {
    for (const { id, outputs } of rows) {
      const page = showIndicator(rows, id)
      for (const { name } of outputs) expect(page).toContain(`${id}.${name} `)
    }
  })

  it('suggests the nearest ids for one there is not', () => {
    expect(() => showIndicator(rows, 'bollinger')).toThrow(/no indicator "bollinger"; did you mean bollinger/)
    expect(() => showIndicator(rows, 'xyzzy')).toThrow(/no indicator "xyzzy"$/)
  })
})

describe('the nearest names', () => {
  it.each([
    ['RSI-14', ['rsi_14']],
    ['macd', ['macd_12_26_9']],
    ['stochastik', ['stochastic']],
    ['qqqqqq', []],
  ])('to %s', (name, expected) => {
    expect(nearestNames(name, ['rsi_14', 'macd_12_26_9', 'stochastic'])).toEqual(expected)
  })
})
