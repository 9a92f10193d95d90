import { expect, test } from '@jest/globals'
import { loadCatalog, loadCompositeCatalog } from '../../catalog/indicators.ts'
import { stageOneRows } from '../../catalog/stage-one.ts'

const composites = loadCompositeCatalog()

test('what waits for a barrier is not of stage one, nor what is built on it, however far', () => {
  const first = composites.find(({ id }) => id === 'breadth_v1')
  if (first === undefined) throw new Error('no breadth_v1')
  const onIt = { ...first, id: 'on_it', alignment: 'own bar', dependencies: ['breadth_v1'] }
  const onThat = { ...onIt, id: 'on_that', dependencies: ['on_it'] }
  const alone = { ...onIt, id: 'alone', dependencies: [] }
  expect(stageOneRows([onThat, onIt, alone, first]).map(({ id }) => id)).toEqual(['alone'])
})

test('portfolio risk needs the returns of all held symbols, so it waits for a barrier', () => {
  const ids = stageOneRows(composites).map(({ id }) => id)
  expect(ids).not.toContain('risk_budget_util_v1')
  expect(ids).toContain('portfolio_dd_v1')
})

test('of the catalog in force, all but what needs other symbols is of stage one', () => {
  const ids = new Set(stageOneRows().map(({ id }) => id))
  const later = loadCatalog().filter(({ id }) => !ids.has(id))
  expect(ids.size).toBe(173)
  expect(later.map(({ id }) => id)).toEqual([
    'beta_market_60',
    'risk_on_off_state_v1',
    'valuation_percentile_v1',
    'fund_quality_score_v1',
    'xs_rank_v1',
    'sector_rel_v1',
    'market_resid_v1',
    'breadth_v1',
    'dispersion_v1',
    'turbulence_v1',
    'absorption_ratio_v1',
    'stress_state_v1',
    'risk_budget_util_v1',
  ])
})
