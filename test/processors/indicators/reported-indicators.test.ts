import { describe, expect, it } from '@jest/globals'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import { foldSide, sideEngine } from './side-engine.ts'

const NOTHING = Number.NaN

/** The value of an indicator on one bar that closes at 100. */
function figureOf(id: string, side: Partial<Record<SideField, number>>): number | undefined {
  return foldSide(sideEngine(id), [{ side }])[`${id}.value`]?.[0]
}

describe('reported figures against the price', () => {
  it.each([
    ['pe_ttm', 'fundamental.eps_ttm', [4, 0, -4, NOTHING], [25, NOTHING, NOTHING, NOTHING]],
    ['earnings_yield_ttm', 'fundamental.eps_ttm', [4, 0, -4, NOTHING], [0.04, 0, -0.04, NOTHING]],
    ['pb', 'fundamental.book_value_per_share', [40, 0, -4, NOTHING], [2.5, NOTHING, NOTHING, NOTHING]],
    ['div_yield', 'fundamental.dividends_per_share_annualized', [3, 0, 101, NOTHING], [0.03, 0, NOTHING, NOTHING]],
  ] as const)('%s of %s', (id, field, figures, expected) => {
    expect(figures.map((figure) => figureOf(id, { [field]: figure }))).toEqual(expected)
  })

  it.each([
    [6, 4, 0.5],
    [-6, -4, -0.5],
    [2, -4, 1.5],
    [100, 1, 5],
    [-100, 1, -5],
    [1, 0, NOTHING],
    [1, NOTHING, NOTHING],
  ])('eps_growth_yoy: %d after %d is %d', (now, before, growth) => {
    const side = { 'fundamental.eps_ttm': now, 'fundamental.eps_ttm_prev_year': before }
    expect(figureOf('eps_growth_yoy', side)).toBe(growth)
  })

  it.each([
    [150, 100, 0.5],
    [0, 100, -1],
    [-50, 100, -1],
    [900, 100, 5],
    [100, 0, NOTHING],
    [100, -100, NOTHING],
  ])('rev_growth_yoy: %d after %d is %d', (now, before, growth) => {
    const side = { 'fundamental.revenue_ttm': now, 'fundamental.revenue_ttm_prev_year': before }
    expect(figureOf('rev_growth_yoy', side)).toBe(growth)
  })

  it.each([
    [50, 100, 0.5],
    [-50, 100, 0],
    [5000, 100, 20],
    [50, 0, NOTHING],
    [50, -100, NOTHING],
  ])('debt_to_equity: %d over %d is %d', (debt, equity, expected) => {
    const side = { 'fundamental.total_debt': debt, 'fundamental.total_equity': equity }
    expect(figureOf('debt_to_equity', side)).toBe(expected)
  })
})

describe('spread_bp', () => {
  it.each([
    [99.5, 100.5, 100],
    [100, 100, 0],
    [100, 99, NOTHING],
    [NOTHING, NOTHING, NOTHING],
    [0, 0, NOTHING],
  ])('of %d to %d is %d', (bid, ask, spread) => {
    expect(figureOf('spread_bp', { 'quote.bid': bid, 'quote.ask': ask })).toBe(spread)
  })
})

describe('macro_regime_state_v1', () => {
  it.each([
    [1, 1, 0],
    [-1, 1, 1],
    [1, -1, 2],
    [-1, -1, 3],
    [0.25, -0.25, 2],
    [0.24, 3, 4],
    [3, -0.24, 4],
    [NOTHING, 1, NOTHING],
  ])('growth %d and inflation %d: %d', (growth, inflation, code) => {
    const side = { 'macro.growth_z': growth, 'macro.inflation_z': inflation }
    const values = foldSide(sideEngine('macro_regime_state_v1'), [{ side }])
    expect(values['macro_regime_state_v1.macro_regime_state']).toEqual([code])
  })
})
