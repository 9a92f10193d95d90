import { describe, expect, it } from '@jest/globals'
import { contractHash, contractHeaders, resolvedFeaturesHash } from '../../catalog/contract.ts'
import { loadViews } from '../../catalog/declared-views.ts'
import { featureCells } from '../../catalog/feature-cells.ts'
import { parseFeatures } from '../../catalog/features.ts'
import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import { loadCatalog } from '../../catalog/indicators.ts'
import { packOf } from '../../catalog/packs.ts'
import { resolveView } from '../../catalog/views.ts'
import { appendFeature, editFeatures, featureText } from './feature-text.ts'

const indicators = loadCatalog()

/** The views with the first version of each pack: a later one changes with what is before it. */
const views = loadViews().map((view) => ({ ...view, packs: view.packs.filter((id) => id.endsWith('_v1')) }))

function hashesOf(text: string, rows: readonly IndicatorRow[] = indicators): Readonly<Record<string, string>> {
  return contractHeaders(resolveView('core_pack_1d', parseFeatures(text, 'schema.csv', rows), views))
}

function changedPacks(text: string, rows?: readonly IndicatorRow[]): readonly string[] {
  const before = hashesOf(featureText)
  const after = hashesOf(text, rows)
  return Object.keys(before).filter((header) => before[header] !== after[header])
}

function withIndicator(id: string, change: Partial<IndicatorRow>): readonly IndicatorRow[] {
  return indicators.map((row) => (row.id === id ? { ...row, ...change } : row))
}

/** An edit of each cell that means something, on a row where the result is still a valid schema. */
const SEMANTIC: readonly [column: string, id: string, cells: Readonly<Record<string, string>>][] = [
  ['indicator_id', 'sma_20_value', { indicator_id: 'sma_50' }],
  ['feature_id', 'sma_20_value', { feature_id: 'sma_20_other' }],
  ['feature_channel', 'sma_20_value', { feature_channel: 'episode' }],
  ['feature_dtype', 'sma_20_value', { feature_dtype: 'int8' }],
  ['source_output', 'macd_12_26_9_line_value', { source_output: 'hist' }],
  ['state_space', 'rsi_14_cross_oversold_event', { state_space: '{"values":[1,0]}' }],
  ['default_timeframe', 'sma_20_value', { default_timeframe: '1d' }],
  ['default_agg', 'sma_20_value', { default_agg: 'mean' }],
  ['missing_policy', 'volume_value', { missing_policy: 'drop' }],
  ['enabled_default', 'sma_20_value', { enabled_default: 'True' }],
  ['pack', 'obv_slope_z_value', { pack: 'core_event_v1' }],
  ['ordinal', 'sma_20_value', { ordinal: '9' }],
  ['scope', 'sma_20_value', { scope: 'market' }],
  ['source_level', 'sma_20_value', { source_level: 'L2' }],
  ['unit', 'sma_20_value', { unit: 'usd' }],
  ['range_min', 'rsi_14_value', { range_min: '1', state_space: '{"interval":[1,100]}' }],
  ['range_max', 'rsi_14_value', { range_max: '99', state_space: '{"interval":[0,99]}' }],
  ['enum_codes', 'rsi_14_state', { enum_codes: '{"1":"oversold","2":"neutral","3":"overbought"}' }],
  ['transform', 'sma_20_value', { transform: 'log1p' }],
  ['transform_params', 'obv_slope_z_value', { transform_params: '{"n":21}' }],
  ['missing_param', 'sma_20_value', { missing_param: '{"max_bars":4,"then":"null"}' }],
  ['lag_policy', 'sma_20_value', { lag_policy: 'known_at' }],
  ['max_staleness_bars', 'sma_20_value', { max_staleness_bars: '8' }],
  ['scale_class', 'sma_20_value', { scale_class: 'shares' }],
  ['range_action', 'rsi_14_value', { range_action: 'flag' }],
]

const DOCUMENTARY: readonly [column: string, cell: string][] = [
  ['feature_name', 'Another name'],
  ['notes_phase5', 'Another note, "quoted"'],
  ['fill_rate_min', '0.5'],
  ['drift_metric', 'js'],
  ['drift_bins', '20'],
  ['drift_warn', '0.1'],
  ['drift_alert', '0.25'],
  ['drift_min_n', '1000'],
  ['aliases', 'another_name'],
  ['since_version', 'v2'],
]

describe('the contract hash of a pack', () => {
  it('is one header per pack that has features', () => {
    const headers = hashesOf(featureText)
    expect(Object.keys(headers)).toEqual(['contract.core_value_v1', 'contract.core_state_v1', 'contract.core_event_v1'])
    for (const hash of Object.values(headers)) expect(hash).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each(SEMANTIC)('changes with %s', (_column, id, cells) => {
    expect(changedPacks(editFeatures(id, cells))).not.toEqual([])
  })

  it.each(DOCUMENTARY)('does not change with %s', (column, cell) => {
    expect(changedPacks(editFeatures('rsi_14_value', { [column]: cell }))).toEqual([])
  })

  it('is tested with every column, but the one that has only one value', () => {
    const tested = [...SEMANTIC.map(([column]) => column), ...DOCUMENTARY.map(([column]) => column), 'warmup_policy']
    expect(new Set(tested)).toEqual(new Set(Object.keys(featureCells.shape)))
  })

  it.each<[string, Partial<IndicatorRow>]>([
    ['formula', { formula: 'another' }],
    ['version', { version: 2 }],
    ['parameters', { params: { window: 15 } }],
    ['seeding', { seedingRule: 'another' }],
    ['degenerate rule', { degenerateRule: 'another' }],
    ['null policy', { nullPolicy: 'another' }],
    ['warm-up', { warmupBars: 99 }],
    ['memory', { memoryClass: 'finite' }],
    ['timeframes', { defaultTimeframes: ['1d'] }],
    ['inputs', { inputs: ['another'] }],
    ['fields', { requiredFields: ['open'] }],
  ])('changes with the %s of an indicator, in all packs that read it', (_what, change) => {
    const packs = ['contract.core_value_v1', 'contract.core_state_v1', 'contract.core_event_v1']
    expect(changedPacks(featureText, withIndicator('rsi_14', change))).toEqual(packs)
  })

  it('does not change with the name, family or references of an indicator', () => {
    const change = { name: 'x', family: 'x', oracle: 'x', reference: 'x', file: 'x', line: 1, settleBars: 1 }
    expect(changedPacks(featureText, withIndicator('rsi_14', change))).toEqual([])
  })

  it('changes with an indicator that only a formula or a transform names', () => {
    const onlyD = featureText.split('\n').filter((line) => !line.startsWith('stoch_k') && !line.startsWith('atr_14'))
    const [before, after] = ['x', 'y'].map((formula) => {
      const rows = withIndicator('stoch_k_14_3', { formula })
      return hashesOf(onlyD.join('\n'), rows)['contract.core_value_v1']
    })
    expect(after).not.toBe(before)
    const distances = parseFeatures(featureText, 'x', indicators).filter(({ id }) => id === 'sma_20_dist_atr_value')
    const changed = parseFeatures(featureText, 'x', withIndicator('atr_14', { formula: 'z' })).filter(
      ({ id }) => id === 'sma_20_dist_atr_value',
    )
    expect(resolvedFeaturesHash(changed)).not.toBe(resolvedFeaturesHash(distances))
  })

  it('changes with the timeframe of the view that serves it', () => {
    const features = parseFeatures(featureText, 'x', indicators)
    const hourly = loadViews().map((view) => ({ ...view, timeframe: '1h' as const }))
    const served = (views: ReturnType<typeof loadViews>) =>
      contractHeaders(resolveView('core_pack_1d', features, views))
    expect(served(hourly)['contract.core_value_v1']).not.toBe(served(loadViews())['contract.core_value_v1'])
  })

  it('does not depend on the order of the file', () => {
    const [header, ...lines] = featureText.trimEnd().split('\n')
    expect(changedPacks([header, ...lines.reverse()].join('\n'))).toEqual([])
  })
})

describe('an appended feature', () => {
  const appended = appendFeature('obv_slope_z_value', { feature_id: 'obv_slope_z_new', ordinal: '500' })

  it('changes the hash of its pack', () => {
    expect(changedPacks(appended)).toEqual(['contract.core_value_v1'])
  })

  it('leaves the hash of the features before it', () => {
    const before = packOf(parseFeatures(featureText, 'x', indicators), 'core_value_v1').features
    const after = packOf(parseFeatures(appended, 'y', indicators), 'core_value_v1').features
    expect(resolvedFeaturesHash(after.slice(0, before.length))).toBe(resolvedFeaturesHash(before))
  })

  it('of a new version leaves the hash of the version before', () => {
    const later = appendFeature('obv_slope_z_value', {
      feature_id: 'obv_slope_z_new',
      ordinal: '500',
      pack: 'core_value_v2',
    })
    expect(changedPacks(later)).toEqual([])
    const [first, second] = ['core_value_v1', 'core_value_v2'].map((id) =>
      contractHash(packOf(parseFeatures(later, 'x', indicators), id)),
    )
    expect(second).not.toBe(first)
  })
})

describe('the hash of a resolved list', () => {
  it('changes with the order, a feature less, and a feature more', () => {
    const { features } = resolveView('core_pack_1d')
    const [first, second, ...rest] = features
    if (first === undefined || second === undefined) throw new Error('no features')
    const hashes = [features, [second, first, ...rest], rest, [...features, first]].map(resolvedFeaturesHash)
    expect(new Set(hashes).size).toBe(4)
  })
})
