import { describe, expect, it } from '@jest/globals'
import { createLayout, rescaleLayout } from '../../../processors/indicators/layout.ts'
import {
  NO_ZONE,
  resistanceDistance,
  resistanceZone,
  supportDistance,
  supportZone,
} from '../../../processors/indicators/zones/strong-zones.ts'
import { allocateZones, zoneCount } from '../../../processors/indicators/zones/zone-slots.ts'
import { decayZones, dropZones, placePivot, touchZones } from '../../../processors/indicators/zones/zone-steps.ts'
import { type PlayedBar, play } from './played.ts'
import { sliceOf } from './slices.ts'

const rules = {
  mergeAtr: 0.35,
  halfWidthAtr: 0.15,
  maxWidthAtr: 0.7,
  touchGapBars: 3,
  halfLifeBars: 120,
  expireBars: 250,
  maxZones: 24,
}

function emptyZones() {
  const layout = createLayout()
  const zones = allocateZones(sliceOf(layout), rules.maxZones + 2)
  const state = new Float64Array(layout.length)
  const pivot = (price: number, bar: number, atr = 1) =>
    placePivot(state, zones, rules, price, atr, { index: bar, tsClose: 60_000 * bar }, 0)
  const of = (zone: number) => ({
    centre: state[zones.centre + zone],
    low: state[zones.low + zone],
    high: state[zones.high + zone],
    touches: state[zones.touches + zone],
    strength: state[zones.strength + zone],
    born: state[zones.born + zone],
    lastTouch: state[zones.lastTouch + zone],
  })
  return { layout, state, zones, pivot, of, count: () => zoneCount(state, zones) }
}

describe('a swing', () => {
  it('founds a zone of 0.15 ATR around it, touched once', () => {
    const { pivot, of, count } = emptyZones()
    pivot(100, 20, 2)
    expect(count()).toBe(1)
    expect(of(0)).toEqual({ centre: 100, low: 99.7, high: 100.3, touches: 1, strength: 1, born: 20, lastTouch: 20 })
  })

  it('joins a zone within 0.35 ATR, moves its centre to the mean and touches it', () => {
    const { pivot, of, count } = emptyZones()
    pivot(100, 20)
    pivot(100.25, 25)
    expect(count()).toBe(1)
    expect(of(0)).toMatchObject({ centre: 100.125, low: 99.85, high: 100.25, touches: 2, strength: 2, lastTouch: 25 })
  })

  it('joins without touching within 3 bars of the last touch', () => {
    const { pivot, of } = emptyZones()
    pivot(100, 20)
    pivot(100.25, 22)
    expect(of(0)).toMatchObject({ centre: 100.125, touches: 1, lastTouch: 20 })
  })

  it('joins the nearest of several zones, the older of two as near', () => {
    const { pivot, of } = emptyZones()
    pivot(100, 20)
    pivot(100.5, 21)
    pivot(100.25, 30)
    expect([of(0).touches, of(1).touches]).toEqual([2, 1])
    pivot(100.5, 40)
    expect([of(0).touches, of(1).touches]).toEqual([2, 2])
  })

  it('narrows a zone that would be wider than 0.7 ATR to that width around its centre', () => {
    const { pivot, of } = emptyZones()
    pivot(100, 20, 4)
    pivot(100.25, 25, 1)
    expect(of(0)).toMatchObject({ low: 100.125 - 0.35, high: 100.125 + 0.35 })
  })
})

describe('a bar', () => {
  const touching = { index: 30, tsClose: 1_800_000, high: 101, low: 100, close: 100.5, previousClose: 100.6 }

  it('touches a zone that it reaches into and leaves on the side that it came from', () => {
    const { state, zones, pivot, of } = emptyZones()
    pivot(100, 20)
    touchZones(state, zones, rules, touching)
    expect(of(0)).toMatchObject({ touches: 2, lastTouch: 30 })
  })

  it.each([
    ['crosses it', { previousClose: 99 }],
    ['closes within it', { close: 100.1 }],
    ['does not reach it', { low: 100.2 }],
    ['comes within 3 bars of the last touch', { index: 22 }],
  ])('does not touch a zone when it %s', (_case, change) => {
    const { state, zones, pivot, of } = emptyZones()
    pivot(100, 20)
    touchZones(state, zones, rules, { ...touching, ...change })
    expect(of(0).touches).toBe(1)
  })
})

describe('zones', () => {
  it('fade by half in 120 bars', () => {
    const { state, zones, pivot, of } = emptyZones()
    pivot(100, 0)
    for (let bar = 0; bar < 120; bar += 1) decayZones(state, zones, rules)
    expect(of(0).strength).toBeCloseTo(0.5, 12)
  })

  it('go when nothing has touched them for more than 250 bars, and the others stay in order of age', () => {
    const { state, zones, pivot, of, count } = emptyZones()
    pivot(90, 10)
    pivot(100, 9)
    pivot(110, 10)
    dropZones(state, zones, rules, 260)
    expect(count()).toBe(2)
    expect([of(0).centre, of(1).centre]).toEqual([90, 110])
    dropZones(state, zones, rules, 261)
    expect(count()).toBe(0)
  })

  it('beyond 24, the weakest go first, the older of two as weak', () => {
    const { state, zones, pivot, of, count } = emptyZones()
    for (let zone = 0; zone < 26; zone += 1) pivot(100 + zone, 20)
    pivot(100, 30)
    dropZones(state, zones, rules, 30)
    expect(count()).toBe(24)
    expect([of(0).centre, of(1).centre, of(23).centre]).toEqual([100, 103, 125])
  })

  it('keep their shape over a split', () => {
    const { layout, state, pivot, of } = emptyZones()
    pivot(100, 20)
    rescaleLayout(layout, state, 4)
    expect(of(0)).toEqual({
      centre: 25,
      low: 99.85 / 4,
      high: 100.15 / 4,
      touches: 1,
      strength: 1,
      born: 20,
      lastTouch: 20,
    })
  })
})

describe('the nearest strong zones', () => {
  const strong = { minTouches: 2, minStrength: 1 }

  function touchedZones(...prices: readonly number[]) {
    const made = emptyZones()
    for (const price of prices) {
      made.pivot(price, 20)
      made.pivot(price, 30)
    }
    return made
  }

  it('are the one with the largest upper edge below and the one with the smallest lower edge above', () => {
    const { state, zones } = touchedZones(90, 95, 105, 110)
    const [below, above] = [supportZone(state, zones, strong, 100), resistanceZone(state, zones, strong, 100)]
    expect([below, above]).toEqual([1, 2])
    expect(supportDistance(state, zones, below, 100)).toBeCloseTo(4.85, 12)
    expect(resistanceDistance(state, zones, above, 100)).toBeCloseTo(4.85, 12)
  })

  it('are both the zone that holds the close, the oldest of several, at distance 0', () => {
    const { state, zones } = touchedZones(95, 99.9, 100.26, 105)
    for (const close of [100.04, 100.05, 100.11]) {
      const below = supportZone(state, zones, strong, close)
      expect(resistanceZone(state, zones, strong, close)).toBe(below)
      expect(supportDistance(state, zones, below, close)).toBe(0)
    }
  })

  it('are none where no zone has touches and strength enough', () => {
    const { state, zones, pivot } = emptyZones()
    pivot(95, 20)
    pivot(105, 20)
    pivot(105, 30)
    for (let bar = 0; bar < 200; bar += 1) decayZones(state, zones, rules)
    expect(supportZone(state, zones, strong, 100)).toBe(NO_ZONE)
    expect(resistanceZone(state, zones, strong, 100)).toBe(NO_ZONE)
    expect(supportDistance(state, zones, NO_ZONE, 100)).toBeNaN()
  })
})

describe('sr_zone_v1', () => {
  const noHigh = { 'swing_high_5.value': 0, 'swing_high_5.price': Number.NaN }
  const swingLow = (price: number, close: number): PlayedBar => ({
    close,
    given: { 'atr_14.value': 1, ...noHigh, 'swing_low_5.value': 1, 'swing_low_5.price': price },
  })
  const quiet = (close: number, atr = 1): PlayedBar => ({ close, given: { 'atr_14.value': atr } })
  const approach = [swingLow(95, 100), ...[100, 100, 100].map((close) => quiet(close))]
  const threeTouches = [...approach, ...approach, ...approach]

  it('counts zones at once and takes none for support before its third touch', () => {
    const { n_zones, distance_to_nearest_support, support_touches } = play('sr_zone_v1', threeTouches, 14)
    expect(n_zones).toEqual(threeTouches.map(() => 1))
    expect(distance_to_nearest_support?.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => Number.NaN))
    expect(distance_to_nearest_support?.[8]).toBeCloseTo(4.85, 12)
    expect(support_touches?.[8]).toBe(3)
  })

  it('while the ATR is zero keeps its zones and shows no side', () => {
    const bars = [...threeTouches, quiet(100, 0), quiet(100)]
    const { n_zones, in_strong_zone, support_age, support_strength } = play('sr_zone_v1', bars, 14)
    expect(n_zones?.slice(-2)).toEqual([1, 1])
    expect(in_strong_zone?.slice(-2)).toEqual([0, 0])
    expect(support_age?.slice(-3)).toEqual([11, Number.NaN, 13])
    expect((support_strength?.at(-1) ?? 0) / (support_strength?.at(-3) ?? 0)).toBeCloseTo(0.5 ** (1 / 120), 12)
  })

  it('has a place between support and resistance, and none within a zone', () => {
    const both = threeTouches.map(({ given, ...bar }) => {
      const isPivot = given?.['swing_low_5.value'] === 1
      return { ...bar, given: { ...given, 'swing_high_5.value': isPivot ? 1 : 0, 'swing_high_5.price': 105 } }
    })
    const { zone_position, in_strong_zone } = play('sr_zone_v1', [...both, quiet(97), quiet(95)], 14)
    expect(zone_position?.at(-3)).toBeCloseTo(0.5, 12)
    expect(zone_position?.at(-2)).toBeCloseTo((97 - 95.15) / (104.85 - 95.15), 12)
    expect(zone_position?.at(-1)).toBeNaN()
    expect(in_strong_zone?.slice(-3)).toEqual([0, 0, 1])
  })
})
