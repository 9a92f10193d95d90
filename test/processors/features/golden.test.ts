import { expect, it } from '@jest/globals'
import { appendFeature } from '../../catalog/feature-text.ts'
import { agrees, describeWithShared, medianMagnitude, readBars } from '../indicators/shared-data.ts'
import { bruteForce } from './brute-force.ts'
import { applyAll, DAY, type DatedBar, rowsOf, stageOf, valuesOf, viewOf } from './stage.ts'

/** Every transform that no row of the schema has yet, on outputs that are there. */
const ADDED: readonly [copyOf: string, id: string, transform: string, params: string][] = [
  ['roc_10_value', 'roc_clip', 'clip', '{"lo":-3,"hi":5.5}'],
  ['roc_10_value', 'roc_min', 'min', '{"cap":2}'],
  ['vol_sma_20_value', 'vol_log', 'log', '{"floor":50000000}'],
  ['candle_body_pct_value', 'body_log1p', 'log1p', '{}'],
  ['obv_value', 'obv_score', 'zscore', '{"n":60,"ddof":1}'],
  ['rsi_14_value', 'rsi_score', 'zscore', '{"n":7,"ddof":0}'],
]

const text = ADDED.reduce(
  (schema, [copy, id, transform, params], at) =>
    appendFeature(
      copy,
      {
        feature_id: id,
        transform,
        transform_params: params,
        ordinal: String(600 + at),
        range_action: 'none',
        missing_policy: 'drop',
        missing_param: '{}',
      },
      schema,
    ),
  appendFeature('roc_10_value', { feature_id: 'unused', ordinal: '599' }),
)

const view = viewOf(text)

describeWithShared('features of real bars', ['data/bars'], () => {
  const series = readBars('us-equity-adj_1d').get('MSFT,1d')
  const bars: DatedBar[] = (series?.bars ?? []).slice(0, 1500).map((bar, day) => ({ ...bar, ts: (day + 1) * DAY }))
  const rows = rowsOf(bars)
  const published = valuesOf(applyAll(stageOf(view), rows))
  const column = (field: string) => rows.map(({ value }) => (value[field] as number | null) ?? Number.NaN)

  it('come one a bar', () => {
    expect(rows).toHaveLength(1500)
    expect(published).toHaveLength(1500)
  })

  it.each(view.features.filter(({ rule }) => rule.kind === 'own').map((feature) => [feature.id, feature] as const))(
    '%s is what its transform says, bar by bar',
    (id, feature) => {
      const wanted = bruteForce(feature, column)
      const magnitude = medianMagnitude(wanted)
      let known = 0
      const wrong = published.flatMap((value, bar) => {
        const expected = wanted[bar] ?? Number.NaN
        if (Number.isNaN(expected)) return []
        known += 1
        const actual = value[id]
        const number = typeof actual === 'boolean' ? Number(actual) : actual
        return typeof number === 'number' && agrees(number, expected, 6e-8, magnitude) ? [] : [[bar, actual, expected]]
      })
      expect(wrong).toEqual([])
      expect(known).toBeGreaterThan(1400)
      const firstKnown = wanted.findIndex((value) => !Number.isNaN(value))
      expect(published.slice(0, firstKnown).map((value) => value[id])).toEqual(new Array(firstKnown).fill(null))
    },
  )

  it('have every transform of the notation among them', () => {
    const kinds = new Set(view.features.map(({ transform }) => transform.kind))
    expect([...kinds].sort()).toEqual(
      'bucket clip cross_above cross_below dist_atr div_atr identity log log1p min slope_z zscore'.split(' '),
    )
  })

  it('are float32 where they say so', () => {
    const floats = view.features.filter(({ dtype }) => dtype === 'float32').map(({ id }) => id)
    const wide = published.flatMap((value) =>
      floats.filter((id) => value[id] !== null && value[id] !== Math.fround(Number(value[id]))),
    )
    expect(wide).toEqual([])
  })
})
