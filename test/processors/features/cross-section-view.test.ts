import { beforeAll, describe, expect, it } from '@jest/globals'
import { fieldName } from '../../../catalog/indicator-column.ts'
import type { Timeframe } from '../../../catalog/timeframe.ts'
import { loadResolvedViews, type ResolvedFeature, type ResolvedView } from '../../../catalog/views.ts'
import { crossSectionReach, type Reach } from '../../../processors/breadth/reach.ts'
import { createFeaturesProcessor } from '../../../processors/features/features.ts'
import { seededRandom } from '../../streams/support/random.ts'
import { bruteForce } from './brute-force.ts'
import { afterPolicy, bitOf, isNear, type Row } from './published-values.ts'
import { applyAll, DAY, HOUR, hourly, marketRow, row, universeRow, valuesOf } from './stage.ts'

/** A row of the cross-section, as far as the view reads it; NaN where it has no value. */
type Barrier = { readonly ts: number; readonly knownAt: number; readonly values: ReadonlyMap<string, number> }
type Source = { readonly reach: Reach; readonly timeframe: Timeframe }

const lengths: Partial<Record<Timeframe, number>> = { '1h': HOUR, '1d': DAY }
const lengthOf = (timeframe: Timeframe): number => lengths[timeframe] ?? Number.NaN
const fieldOf = ({ source }: ResolvedFeature): string => fieldName(source.indicatorId, source.output)
const keyOf = ({ reach, timeframe }: Source): string => `${reach} ${timeframe}`

/** Values that a field may have: those that its features can serve, of which some are outside of the range or on an edge. */
function sampleOf({ dtype, transform }: ResolvedFeature, random: () => number): number {
  if (transform.kind === 'cross_above' || dtype === 'int8') {
    return transform.kind === 'bucket' ? Math.round(random() * 10) / 10 : Math.floor(random() * 4) - 1
  }
  return dtype === 'bool' ? Math.floor(random() * 2) : Math.round((random() * 3 - 0.5) * 1e6) / 1e6
}

/** Barriers of a source: most are there, some have gaps that are longer than any value may be carried. */
function barriersOf(features: readonly ResolvedFeature[], bars: number, length: number, seed: number): Barrier[] {
  const random = seededRandom(seed)
  const samples = new Map(features.map((feature) => [fieldOf(feature), feature]))
  let silentUntil = 3
  return Array.from({ length: bars }, (_, bar) => bar + 1).flatMap((bar) => {
    if (bar <= silentUntil) return []
    if (random() < 0.03) silentUntil = bar + 2 + Math.floor(random() * 8)
    if (random() < 0.15) return []
    const values = [...samples].map(([field, feature]) => {
      const value = random() < 0.1 ? Number.NaN : sampleOf(feature, random)
      return [field, value] as const
    })
    const ts = bar * length
    return [{ ts, knownAt: ts + (random() < 0.05 ? 2 * length : 1_000), values: new Map(values) }]
  })
}

/** By the words of the rule: of each row the newest barrier before it, as long as it is not too many rows since it came. */
function joined(barriers: readonly Barrier[], field: string, times: readonly number[], staleAfter: number): number[] {
  let found: Barrier | undefined
  let since = 0
  return times.map((ts, at) => {
    const newest = barriers.findLast((barrier) => barrier.ts < ts)
    if (newest !== found) since = at
    found = newest
    return newest === undefined || at - since > staleAfter ? Number.NaN : (newest.values.get(field) ?? Number.NaN)
  })
}

describe.each(loadResolvedViews().map((view): [string, ResolvedView] => [view.id, view]))('of %s', (_, view) => {
  const step = lengthOf(view.timeframe)
  const count = view.timeframe === '1d' ? 250 : 1_200
  const times = Array.from({ length: count }, (_, at) => (at + 1) * step)
  const features = view.features.filter(({ source }) => crossSectionReach(source.indicatorId) !== undefined)
  const sourceOf = ({ source, rule }: ResolvedFeature): Source => {
    return { reach: crossSectionReach(source.indicatorId) ?? 'market', timeframe: rule.timeframe }
  }
  const sources = new Map(features.map((feature) => [keyOf(sourceOf(feature)), sourceOf(feature)]))
  const barriers = new Map<string, Barrier[]>()
  let published: Row[]

  beforeAll(() => {
    const records = [...sources].flatMap(([key, source], place) => {
      const own = features.filter((feature) => keyOf(sourceOf(feature)) === key)
      const length = lengthOf(source.timeframe)
      const made = barriersOf(own, Math.floor((count * step) / length), length, 17 + place)
      barriers.set(key, made)
      const record = source.reach === 'universe' ? universeRow : marketRow
      return made.map(({ ts, knownAt, values }) => {
        const cells = [...values].map(([field, value]) => [field, Number.isNaN(value) ? null : value])
        return record({ timeframe: source.timeframe, ts, known_at: knownAt, ...Object.fromEntries(cells) })
      })
    })
    const rows = times.map((ts) => row({ timeframe: view.timeframe, ts, ts_open: ts - step }))
    const stage = createFeaturesProcessor({ views: [view], grid: hourly })
    published = valuesOf(applyAll(stage, [...records, ...rows]))
  })

  it('there are some of both kinds, and each row is published', () => {
    expect(new Set(features.map((feature) => sourceOf(feature).reach))).toEqual(new Set(['market', 'universe']))
    expect(features.length).toBeGreaterThanOrEqual(30)
    expect(published).toHaveLength(count)
  })

  it.each(features.map((feature) => [feature.id, feature] as const))(
    '%s is what join, transform, range and policy say, its imputed bit too',
    (id, feature) => {
      const { timeframe } = feature.rule
      const staleAfter = Math.ceil((feature.maxStalenessBars * lengthOf(timeframe)) / step)
      const own = barriers.get(keyOf(sourceOf(feature))) ?? []
      const series = joined(own, fieldOf(feature), times, staleAfter)
      const wanted = afterPolicy(
        feature,
        bruteForce(feature, (field) => (field === fieldOf(feature) ? series : [])),
      )
      const wrong = published.flatMap((value, bar) => {
        const expected = wanted[bar] ?? { value: Number.NaN, isImputed: false }
        const served = value[id]
        const isSame = Number.isNaN(expected.value) ? served === null : isNear(Number(served), expected.value)
        return isSame && expected.isImputed === bitOf(value, feature) ? [] : [[bar, served, expected]]
      })
      expect(wrong).toEqual([])
      // Of each kind there is something to see: measured, filled, and given up.
      expect(wanted.filter(({ isImputed }) => isImputed).length).toBeGreaterThan(0)
      expect(wanted.filter(({ value, isImputed }) => !isImputed && !Number.isNaN(value)).length).toBeGreaterThan(100)
    },
  )

  it('a row is known no sooner than any barrier that it was joined to', () => {
    let known = 0
    for (const [at, value] of published.entries()) {
      const ts = times[at] ?? 0
      const found = [...barriers.values()].flatMap((own) => own.findLast((barrier) => barrier.ts < ts) ?? [])
      known = Math.max(known, ts, ...found.map(({ knownAt }) => knownAt))
      expect(value.known_at).toBe(known)
    }
  })
})
