import { describe, expect, it } from '@jest/globals'
import { CatalogError } from '../../catalog/catalog-error.ts'
import { loadViews, parseViews } from '../../catalog/declared-views.ts'
import { loadFeatures, parseFeatures } from '../../catalog/features.ts'
import { loadCatalog } from '../../catalog/indicators.ts'
import { resolveView } from '../../catalog/views.ts'
import { topicById } from '../../topics/topics.ts'
import { editFeatures } from './feature-text.ts'

const view = resolveView('core_pack_1d')

function ruleOf(id: string) {
  return view.features.find((feature) => feature.id === id)?.rule
}

describe('core_pack_1d', () => {
  it('has the features of its packs in the order of packs and ordinals', () => {
    expect(view.packs.map(({ id, features }) => [id, features.length])).toEqual([
      ['core_value_v1', 169],
      ['core_state_v1', 25],
      ['core_event_v1', 39],
      ['core_episode_v1', 59],
      ['core_vector_v1', 5],
    ])
    expect(view.features).toEqual(view.packs.flatMap(({ features }) => features))
    expect(view.features.at(0)?.id).toBe('sma_20_value')
    expect(view.features.at(-1)?.id).toBe('state_onehot_vec_v1_vector')
  })

  it('is written to a topic and as a record of the list of topics', () => {
    expect(topicById(view.topic).records.map(({ name }) => name)).toContain(view.record)
  })

  it('computes on its own bars what the indicator lists for them', () => {
    expect(ruleOf('sma_20_value')).toEqual({ kind: 'own', timeframe: '1d' })
    expect(ruleOf('volume_value')).toEqual({ kind: 'own', timeframe: '1d' })
    expect(view.features.filter(({ rule }) => rule.kind !== 'own').map(({ id }) => id)).toEqual([
      'ema_12_value',
      'vwap_intraday_value',
      'rvol_tod_20_log_value',
      'vwap_dev_value',
      'vol_mtf_v1_ratio_value',
      'session_clock_frac_value',
      'session_clock_sin_value',
      'session_clock_cos_value',
      'session_state',
    ])
  })

  it('takes from the longest shorter timeframe what the indicator lists for shorter ones only', () => {
    expect(ruleOf('ema_12_value')).toEqual({ kind: 'aggregate', timeframe: '1h', aggregate: 'last' })
  })
})

describe('a view', () => {
  const weekly = (timeframe: string) =>
    parseViews(JSON.stringify(loadViews().map(({ id, packs }) => ({ id, packs, timeframe }))), 'views.json')

  it('takes from the newest closed bar of the shortest longer timeframe what is listed for longer ones only', () => {
    const minutes = resolveView('core_pack_1d', loadFeatures(), weekly('1m'))
    const rules = new Map(minutes.features.map(({ id, rule }) => [id, rule]))
    expect(rules.get('realized_vol_20_value')).toEqual({ kind: 'htf_closed', timeframe: '1h' })
    expect(rules.get('roc_10_value')).toEqual({ kind: 'htf_closed', timeframe: '5m' })
    expect(rules.get('candle_body_pct_value')).toEqual({ kind: 'own', timeframe: '1m' })
  })

  it('prefers a shorter timeframe to a longer one', () => {
    const week = resolveView('core_pack_1d', loadFeatures(), weekly('1w'))
    const rules = new Map(week.features.map(({ id, rule }) => [id, rule]))
    expect(rules.get('rsi_14_cross_oversold_event')).toEqual({ kind: 'aggregate', timeframe: '1d', aggregate: 'any' })
    expect(rules.get('sma_50_value')).toEqual({ kind: 'own', timeframe: '1w' })
  })

  it('serves two versions of a pack with each feature once', () => {
    const grown = parseFeatures(editFeatures('obv_slope_z_value', { pack: 'core_value_v2' }), 'x', loadCatalog())
    const both = loadViews().map((one) => ({ ...one, packs: ['core_value_v1', 'core_value_v2'] }))
    const resolved = resolveView('core_pack_1d', grown, both)
    expect(resolved.packs.map(({ features }) => features.length)).toEqual([32, 33])
    expect(resolved.features).toHaveLength(33)
  })

  it('that nothing declares is refused, as is a malformed declaration', () => {
    expect(() => resolveView('core_pack_2h')).toThrow('no view core_pack_2h')
    const declared = { id: 'mine', packs: ['core_value_v1'], timeframe: '1h' }
    const declare = (change: object) => () => parseViews(JSON.stringify([{ ...declared, ...change }]), 'views.json')
    expect(declare({ timeframe: '2h' })).toThrow(CatalogError)
    expect(declare({ packs: ['core_value'] })).toThrow(CatalogError)
    expect(declare({ extra: 1 })).toThrow(CatalogError)
    expect(() => parseViews(JSON.stringify([declared, declared]), 'views.json')).toThrow('two views are called mine')
    expect(() => parseViews('{', 'views.json')).toThrow('not JSON')
  })
})
