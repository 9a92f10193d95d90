import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { loadReleases } from '../../../avro/releases.ts'
import { loadViews } from '../../../catalog/declared-views.ts'
import { parseFeatures } from '../../../catalog/features.ts'
import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import { loadCatalog } from '../../../catalog/indicators.ts'
import { nextRelease, releaseChanges } from '../../../catalog/release-changes.ts'
import type { ReleaseEntry } from '../../../catalog/release-entry.ts'
import { lockText, parseLock } from '../../../catalog/release-lock.ts'
import { checkCatalog, diffCatalog, loadReleased } from '../../../cli/catalog/catalog.ts'
import { presentEntries, type ReleaseSources } from '../../../cli/catalog/present-entries.ts'
import { appendFeature, editFeatures, wholeFeatureText } from '../../catalog/feature-text.ts'

const indicators = loadCatalog()
let released: readonly ReleaseEntry[]

beforeAll(() => {
  released = presentEntries({ indicators })
})

/** What `catalog check` says of another catalog, and its exit code. */
function check(sources: ReleaseSources): { readonly code: number; readonly said: readonly string[] } {
  const said: string[] = []
  const code = checkCatalog((line) => said.push(line), presentEntries({ indicators, ...sources }), released)
  return { code, said }
}

const features = (text: string, rows: readonly IndicatorRow[] = indicators) => parseFeatures(text, 'schema.csv', rows)

describe('catalog check', () => {
  it('passes on the catalogs in the tree, which hold all that was released', () => {
    const said: string[] = []
    expect([checkCatalog((line) => said.push(line)), said.filter((line) => line.startsWith('REFUSED'))]).toEqual([
      0,
      [],
    ])
    const kinds = new Set(loadReleased().map(({ kind }) => kind))
    expect([...kinds]).toEqual(['indicator', 'feature', 'pack', 'view', 'schema', 'recipe', 'model'])
    expect(loadReleased().filter(({ kind }) => kind === 'feature').length).toBeGreaterThanOrEqual(297)
  })

  it('fails on a feature row that was changed in place, and names the cell', () => {
    const edited = editFeatures('rsi_14_value', { missing_param: '{"max_bars":4,"then":"null"}' }, wholeFeatureText)
    const { code, said } = check({ features: features(edited) })
    expect(code).toBe(1)
    expect(said).toContainEqual(
      expect.stringMatching(/^REFUSED: feature rsi_14_value was released with another missing, formula_hash;/),
    )
    expect(said).toContainEqual(expect.stringMatching(/^REFUSED: pack core_value_v1 .*contract/))
  })

  it('fails on an indicator row that was changed in place, and names it and what reads it', () => {
    const changed = indicators.map((row) => (row.id === 'rsi_14' ? { ...row, nullPolicy: 'another' } : row))
    const { code, said } = check({ indicators: changed, features: features(wholeFeatureText, changed) })
    expect(code).toBe(1)
    expect(said).toContainEqual(expect.stringMatching(/^REFUSED: indicator rsi_14 .*nullPolicy/))
    expect(said).toContainEqual(expect.stringMatching(/^REFUSED: feature rsi_14_value .*formula_hash/))
  })

  it.each([
    [
      'a row that is gone',
      wholeFeatureText
        .split('\n')
        .filter((line) => !line.startsWith('rsi_2,'))
        .join('\n'),
      'is gone',
    ],
    [
      'a row that was put into a released pack',
      appendFeature('rsi_14_value', { feature_id: 'rsi_14_again', ordinal: '169' }, wholeFeatureText),
      'pack core_value_v1',
    ],
  ])('fails on %s', (_what, text, words) => {
    const { code, said } = check({ features: features(text) })
    expect(code).toBe(1)
    expect(said.join('\n')).toContain(words)
  })

  it('fails on a view on another timeframe, and on a schema version that was written anew', () => {
    const hourly = loadViews().map((view) =>
      view.id === 'core_pack_1d' ? { ...view, timeframe: '1h' as const } : view,
    )
    expect(check({ views: hourly }).said).toContainEqual(
      expect.stringMatching(/^REFUSED: view core_pack_1d .*timeframe/),
    )
    const schemas = loadReleases().map((release) => ({
      ...release,
      schema: { ...release.schema, fields: release.schema.fields.slice(0, -1) },
    }))
    expect(check({ schemas }).code).toBe(1)
  })

  it('passes on further rows in the next version of a pack, another view, and other words', () => {
    const grown = appendFeature(
      'rsi_14_value',
      { feature_id: 'rsi_14_again', ordinal: '169', pack: 'core_value_v2' },
      editFeatures('rsi_14_value', { notes_phase5: 'other words', drift_warn: '9' }, wholeFeatureText),
    )
    const views = [
      ...loadViews().map((view) => ({ ...view, packs: [...view.packs, 'core_value_v2'] })),
      { id: 'mine', packs: ['core_state_v1'], timeframe: '1w' as const, topic: 'features.mine', record: 'x.Mine' },
    ]
    const now = presentEntries({ indicators, features: features(grown), views })
    const said: string[] = []
    expect(checkCatalog((line) => said.push(line), now, released)).toBe(0)
    said.length = 0
    diffCatalog((line) => said.push(line), now, released)
    expect(said.sort()).toEqual([
      'extended: view core_pack_1d by contract.core_value_v2',
      'extended: view core_pack_1h by contract.core_value_v2',
      'new: feature rsi_14_again',
      'new: pack core_value_v2',
      'new: view mine',
      'words only: feature rsi_14_value',
    ])
  })
})

describe('the lock', () => {
  it('reads back as it was written, an entry a line', () => {
    const text = lockText(released)
    expect(parseLock(text)).toEqual(released)
    expect(text.trimEnd().split('\n')).toHaveLength(released.length + 2)
    expect(() => parseLock('{"feature x":{"hash":"z"}}')).toThrow('feature x')
    expect(() => parseLock('{"thing x":{"hash":"0","docs":"0","cells":{}}}')).toThrow('indicator, feature')
  })

  it('grows by a release, which takes nothing that breaks what was released', () => {
    expect(releaseChanges(released, nextRelease([], released))).toEqual([])
    expect(() => nextRelease(released, released.slice(1))).toThrow(RangeError)
  })

  it('is in the tree as a release writes it', () => {
    const file = new URL('../../../catalog/released.lock', import.meta.url)
    const text = readFileSync(file, 'utf8')
    expect(lockText(parseLock(text))).toBe(text)
  })
})
