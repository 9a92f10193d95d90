import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { CatalogError } from '../../catalog/catalog-error.ts'
import { featureNamed, loadFeatures, parseFeatures } from '../../catalog/features.ts'
import { loadCatalog } from '../../catalog/indicators.ts'
import { allPacks, packOf } from '../../catalog/packs.ts'
import { crossSectionReach } from '../../processors/breadth/reach.ts'
import { editFeatures, featureText, wholeFeatureText } from './feature-text.ts'

const SHARED = fileURLToPath(new URL('../../../shared/catalog/', import.meta.url))
const SHARED_SCHEMA = `${SHARED}indicator_feature_schema_v1.csv`
const hasShared = existsSync(SHARED_SCHEMA)
const shared = hasShared ? it : it.skip
const reason = hasShared ? '' : ` (NOT RUN: ${SHARED_SCHEMA} is not there)`

const indicators = loadCatalog()

function refusal(csvText: string): CatalogError {
  try {
    parseFeatures(csvText, 'schema.csv', indicators)
  } catch (error) {
    if (error instanceof CatalogError) return error
    throw error
  }
  throw new Error('the schema was accepted')
}

describe('the feature schema', () => {
  it('holds the 297 rows of its first release and those since, typed', () => {
    const rows = loadFeatures()
    expect(rows.length).toBeGreaterThanOrEqual(297)
    expect(rows.find(({ id }) => id === 'rsi_14_state')).toMatchObject({
      channel: 'state',
      dtype: 'int8',
      source: { indicatorId: 'rsi_14', output: 'value', version: 1, unit: 'pct', timeframes: ['15m', '1h', '1d'] },
      transform: { kind: 'bucket', edges: [30, 70], h: 0 },
      missing: { kind: 'ffill', maxBars: 3 },
      codes: { 0: 'oversold', 1: 'neutral', 2: 'overbought' },
      min: 0,
      max: 2,
      rangeAction: 'flag',
      enabled: true,
      pack: 'core_state_v1',
      ordinal: 7,
    })
    expect(rows.find(({ id }) => id === 'volume_value')).toMatchObject({
      missing: { kind: 'zero' },
      enabled: false,
      max: null,
    })
  })

  shared(
    `has the rows of the shared schema byte for byte, but for when what breadth makes may be used${reason}`,
    () => {
      const made = readFileSync(SHARED_SCHEMA, 'utf8')
        .split('\n')
        .map((line) => {
          const isOfBreadth = crossSectionReach(line.split(',')[0] ?? '') !== undefined
          return isOfBreadth ? line.replace(/,null,(bar_close|known_at),/, ',null,barrier,') : line
        })
      expect(wholeFeatureText.split('\n')).toEqual(made)
    },
  )

  it('says of what breadth makes, and of nothing else, that the newest barrier before a row is taken', () => {
    for (const { source, lagPolicy } of loadFeatures()) {
      expect(lagPolicy === 'barrier').toBe(crossSectionReach(source.indicatorId) !== undefined)
    }
  })

  it('has packs of dense ordinals, and aliases that resolve', () => {
    const rows = loadFeatures()
    const packs = allPacks(rows)
    expect(packs.map(({ id, features }) => [id, features.length])).toEqual([
      ['core_value_v1', 169],
      ['core_state_v1', 25],
      ['core_event_v1', 39],
      ['core_episode_v1', 59],
      ['core_vector_v1', 5],
    ])
    for (const { features } of packs) expect(features.map(({ ordinal }) => ordinal)).toEqual([...features.keys()])
    expect(featureNamed(rows, 'regime_cluster_id_v1')).toBe(featureNamed(rows, 'regime_cluster_id'))
  })

  it.each<[string, string, string, string, string]>([
    ['an unknown transform', 'sma_20_value', 'transform', 'cube', 'CATALOG_CELL'],
    ['an unknown parameter', 'obv_slope_z_value', 'transform_params', '{"n":20,"m":1}', 'CATALOG_CELL'],
    ['a missing parameter', 'obv_slope_z_value', 'transform_params', '{}', 'CATALOG_CELL'],
    ['a band around the edges', 'rsi_14_state', 'transform_params', '{"edges":[30,70],"h":2}', 'CATALOG_CELL'],
    ['edges that do not ascend', 'rsi_14_state', 'transform_params', '{"edges":[70,30],"h":0}', 'CATALOG_CELL'],
    ['a parameter of another policy', 'volume_value', 'missing_param', '{"value":0}', 'CATALOG_CELL'],
    ['an unknown policy', 'volume_value', 'missing_policy', 'bfill', 'CATALOG_CELL'],
    ['a cell that is not JSON', 'obv_slope_z_value', 'transform_params', '{n:20}', 'CATALOG_CELL'],
    ['a malformed number', 'rsi_14_value', 'ordinal', 'x', 'CATALOG_CELL'],
    ['a state space that the range contradicts', 'rsi_14_value', 'state_space', '{"interval":[0,99]}', 'CATALOG_CELL'],
    ['labels that the state space contradicts', 'rsi_14_state', 'enum_codes', '{"0":"low"}', 'CATALOG_CELL'],
    ['an unknown timeframe', 'rsi_14_value', 'default_timeframe', '2h', 'CATALOG_CELL'],
    ['an unknown indicator', 'rsi_14_value', 'indicator_id', 'rsi_15', 'CATALOG_REFERENCE'],
    ['an unknown output', 'rsi_14_value', 'source_output', 'line', 'CATALOG_REFERENCE'],
    ['an unknown ATR', 'sma_20_dist_atr_value', 'transform_params', '{"atr":"atr_15"}', 'CATALOG_REFERENCE'],
    ['an id used twice', 'sma_50_value', 'feature_id', 'sma_20_value', 'CATALOG_DUPLICATE_ID'],
    ['an ordinal used twice', 'sma_50_value', 'ordinal', '0', 'CATALOG_DUPLICATE_ID'],
    ['an alias that is an id', 'sma_50_value', 'aliases', 'rsi_14_state', 'CATALOG_DUPLICATE_ID'],
  ])('refuses %s, naming line and column', (_what, id, column, cell, code) => {
    const error = refusal(editFeatures(id, { [column]: cell }))
    const line = featureText.split('\n').findIndex((text) => text.split(',')[1] === id) + 1
    expect(error).toMatchObject({ code, file: 'schema.csv', column })
    expect(error.line).toBe(line)
  })

  it('refuses an alias that two rows have', () => {
    const once = editFeatures('sma_20_value', { aliases: 'mean_20' })
    expect(refusal(editFeatures('sma_50_value', { aliases: 'mean_20' }, once))).toMatchObject({
      code: 'CATALOG_DUPLICATE_ID',
      column: 'aliases',
      line: 3,
    })
  })

  it('refuses columns that it does not know, twice or not at all, and what is not CSV', () => {
    const [header = '', ...rest] = featureText.split('\n')
    const withHeader = (changed: string) => [changed, ...rest].join('\n')
    expect(refusal(withHeader(header.replace('pack,', 'packet,')))).toMatchObject({
      code: 'CATALOG_COLUMNS',
      column: 'packet',
    })
    expect(refusal(withHeader(header.replace('pack,', 'unit,')))).toMatchObject({
      code: 'CATALOG_COLUMNS',
      column: 'unit',
    })
    expect(refusal('indicator_id\n')).toMatchObject({ code: 'CATALOG_COLUMNS', column: 'feature_id' })
    expect(refusal(`${featureText}short,row\n`)).toMatchObject({ code: 'CATALOG_SYNTAX', line: 38 })
  })

  it('resolves an alias exactly', () => {
    const rows = parseFeatures(editFeatures('sma_20_value', { aliases: 'mean_20;mean_twenty' }), 'x', indicators)
    expect(featureNamed(rows, 'mean_twenty')?.id).toBe('sma_20_value')
    expect(featureNamed(rows, 'Mean_20')).toBeUndefined()
  })
})

describe('packs', () => {
  it('order features by ordinal, whatever the order of the file', () => {
    const [header, ...lines] = featureText.trimEnd().split('\n')
    const turned = parseFeatures([header, ...lines.reverse()].join('\n'), 'x', indicators)
    const ids = packOf(parseFeatures(featureText, 'x', indicators), 'core_value_v1').features.map(({ id }) => id)
    expect(packOf(turned, 'core_value_v1').features.map(({ id }) => id)).toEqual(ids)
    expect(ids.at(-1)).toBe('obv_slope_z_value')
  })

  it('of a later version have the rows of the earlier ones first', () => {
    const grown = parseFeatures(editFeatures('obv_slope_z_value', { pack: 'core_value_v2' }), 'x', indicators)
    const [first, second] = ['core_value_v1', 'core_value_v2'].map((id) =>
      packOf(grown, id).features.map((one) => one.id),
    )
    expect(second).toEqual([...(first ?? []), 'obv_slope_z_value'])
  })

  it('refuse a later row with an ordinal among the earlier ones', () => {
    const inserted = parseFeatures(editFeatures('sma_50_value', { pack: 'core_value_v2' }), 'x', indicators)
    expect(() => packOf(inserted, 'core_value_v2')).toThrow(CatalogError)
  })
})
