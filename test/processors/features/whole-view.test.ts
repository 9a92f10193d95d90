import { beforeAll, expect, it } from '@jest/globals'
import { fieldName } from '../../../catalog/indicator-column.ts'
import { loadCatalog } from '../../../catalog/indicators.ts'
import { stageOneRows } from '../../../catalog/stage-one.ts'
import { loadResolvedViews } from '../../../catalog/views.ts'
import { crossSectionReach } from '../../../processors/breadth/reach.ts'
import { createFeaturesProcessor } from '../../../processors/features/features.ts'
import { createIndicatorEngine } from '../../../processors/indicators/engine.ts'
import type { DataRecord } from '../../../processors/processor.ts'
import { describeWithShared, readBars } from '../indicators/shared-data.ts'
import { bruteForce } from './brute-force.ts'
import { afterPolicy, bitOf, isNear, type Row } from './published-values.ts'
import { applyAll, DAY, type DatedBar, hourly, rowsOf, valuesOf } from './stage.ts'

const views = loadResolvedViews()
const [view] = views
if (view === undefined) throw new Error('no views')
const own = view.features.filter(
  ({ rule, source }) => rule.kind === 'own' && crossSectionReach(source.indicatorId) === undefined,
)

describeWithShared('every feature of the daily view, over real bars', ['data/bars'], () => {
  let rows: DataRecord[]
  let published: Row[]

  beforeAll(() => {
    const engine = createIndicatorEngine(stageOneRows(loadCatalog()))
    const bars: DatedBar[] = (readBars('us-equity-adj_1d').get('MSFT,1d')?.bars ?? [])
      .slice(0, 700)
      .map((bar, day) => ({ ...bar, ts: (day + 1) * DAY }))
    rows = rowsOf(bars, new Map(), 'MSFT', engine)
    published = valuesOf(applyAll(createFeaturesProcessor({ views, grid: hourly }), rows))
  })

  const column = (field: string) => rows.map(({ value }) => (value[field] as number | null) ?? Number.NaN)

  it('is published once a bar, on the topic of the view that has these bars only', () => {
    expect(published).toHaveLength(700)
    expect(new Set(published.map(({ timeframe }) => timeframe))).toEqual(new Set(['1d']))
    expect(own.length).toBeGreaterThan(250)
  })

  it.each(own.filter(({ source }) => source.width === 1).map((feature) => [feature.id, feature] as const))(
    '%s is what transform, range and policy say, its imputed bit too',
    (id, feature) => {
      const wanted = afterPolicy(feature, bruteForce(feature, column))
      const wrong = published.flatMap((row, bar) => {
        const { value, isImputed } = wanted[bar] ?? { value: Number.NaN, isImputed: false }
        const served = row[id]
        const isSame = Number.isNaN(value) ? served === null : isNear(Number(served), value)
        return isSame && isImputed === bitOf(row, feature) ? [] : [[bar, served, value, isImputed]]
      })
      expect(wrong).toEqual([])
    },
  )

  it.each(own.filter(({ source }) => source.width > 1).map((feature) => [feature.id, feature] as const))(
    '%s is the list that the indicator gives, or null',
    (id, { source }) => {
      const lists = rows.map(({ value }) => value[fieldName(source.indicatorId, source.output)])
      expect(published.map((row) => row[id])).toEqual(lists)
    },
  )

  it('has the zones that its distances are measured from', () => {
    let compared = 0
    for (const [bar, row] of published.entries()) {
      const value = rows[bar]?.value ?? {}
      const [close, atr] = [Number(value.close), Number(value.atr_14__value)]
      const zones = zonesOf(row)
      expect(zones).toHaveLength(Number(value.sr_zone_v1__n_zones ?? zones.length))
      const strong = zones.filter(({ touches, strength }) => touches >= 3 && strength >= 1)
      const below = Math.min(...strong.filter(({ low }) => low <= close).map(({ high }) => Math.max(0, close - high)))
      const distance = value.sr_zone_v1__distance_to_nearest_support
      if (typeof distance !== 'number') continue
      compared += 1
      expect(below / atr).toBeCloseTo(distance, 9)
      for (const { type, low, high, first, last, id } of zones) {
        expect(type).toBe(close > high ? -1 : close < low ? 1 : 0)
        expect([first <= last, last <= Number(row.ts), Math.floor(id / 2)]).toEqual([true, true, first])
      }
      expect(new Set(zones.map(({ id }) => id)).size).toBe(zones.length)
    }
    expect(compared).toBeGreaterThan(100)
  })

  it('says how much of a row was measured', () => {
    const last = published.at(-1) ?? {}
    const enabled = view.features.filter((feature) => feature.enabled)
    const present = enabled.filter(({ id }) => last[id] !== null)
    const measured = present.filter((feature) => !bitOf(last, feature))
    expect(last.fill_rate).toBe(Math.fround(present.length / enabled.length))
    expect(last.measured_rate).toBe(Math.fround(measured.length / enabled.length))
    expect(last.staleness_bars).toBeLessThanOrEqual(3)
  })
})

function zonesOf(row: Row) {
  const list = (name: string) => (row[`zone_${name}`] ?? []) as readonly number[]
  const names = ['id', 'type', 'low', 'high', 'strength', 'touches'] as const
  const [ids, types, lows, highs, strengths, touches] = names.map(list)
  const [firsts, lasts] = [list('first_touch'), list('last_touch')]
  const at = (values: readonly number[] | undefined, zone: number) => values?.[zone] ?? Number.NaN
  return (ids ?? []).map((id, zone) => ({
    id,
    type: at(types, zone),
    low: at(lows, zone),
    high: at(highs, zone),
    strength: at(strengths, zone),
    touches: at(touches, zone),
    first: at(firsts, zone),
    last: at(lasts, zone),
  }))
}
