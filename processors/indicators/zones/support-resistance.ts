import { z } from 'zod'
import { ZONE_INDICATOR } from '../../../catalog/zone-source.ts'
import { defineIndicator } from '../definition.ts'
import { isZero, windowLength } from '../params.ts'
import { read } from '../ring.ts'
import type { Slice } from '../slice.ts'
import { NO_ZONE, resistanceDistance, resistanceZone, supportDistance, supportZone } from './strong-zones.ts'
import { allocateZones, type ZoneSlots, zoneCount } from './zone-slots.ts'
import { stepZones } from './zone-steps.ts'

const positive = z.number().positive()

/** Parameters of the row: how zones live, and which of them are strong. */
export const zoneParams = z
  .strictObject({
    merge_atr: positive,
    half_width_atr: positive,
    max_width_atr: positive,
    min_touches: z.int().min(1),
    min_strength: z.number().min(0),
    touch_gap_bars: z.int().min(0),
    half_life_bars: positive,
    expire_bars: windowLength,
    max_zones: windowLength,
  })
  .transform((stated) => ({
    rules: {
      mergeAtr: stated.merge_atr,
      halfWidthAtr: stated.half_width_atr,
      maxWidthAtr: stated.max_width_atr,
      touchGapBars: stated.touch_gap_bars,
      halfLifeBars: stated.half_life_bars,
      expireBars: stated.expire_bars,
      maxZones: stated.max_zones,
    },
    strong: { minTouches: stated.min_touches, minStrength: stated.min_strength },
  }))

/** The swings that make zones; one bar can confirm one of each, and the high comes first. */
export const ZONE_SWINGS = ['swing_high_5', 'swing_low_5'] as const

/** What zones are measured by. */
export const ZONE_RANGE = 'atr_14'

const OUTPUTS = [
  'distance_to_nearest_support',
  'distance_to_nearest_resistance',
  'support_width',
  'resistance_width',
  'support_touches',
  'resistance_touches',
  'support_age',
  'resistance_age',
  'support_strength',
  'resistance_strength',
  'in_strong_zone',
  'zone_position',
  'n_zones',
]

/**
 * Support and resistance: zones around confirmed swings, so nothing repaints. Each bar, in this order: strengths fade, the bar
 * touches zones, new swings join or found zones, stale and surplus zones go, the nearest strong ones are read
 * (Osler 2000; Lo, Mamaysky & Wang 2000). A zone that holds the close is support and resistance at distance 0; there is no
 * zone_position then. Units: atr, count, bars, index, flag, ratio. A side without a strong zone is NaN. While the ATR is zero
 * the zones stay as they are and, as no distance can be measured, both sides are NaN.
 */
export const supportResistanceZones = defineIndicator({
  ids: [ZONE_INDICATOR],
  params: zoneParams,
  plan: ({ rules, strong }) => ({
    outputs: OUTPUTS,
    warmupBars: 15,
    dependencies: [...ZONE_SWINGS, ZONE_RANGE],
    bind(slice) {
      const zones = allocateZones(slice, rules.maxZones + ZONE_SWINGS.length)
      const averageRange = slice.input(ZONE_RANGE, 'value')
      const swings = ZONE_SWINGS.map((id) => ({ flag: slice.input(id, 'value'), price: slice.input(id, 'price') }))
      const pivots = new Float64Array(swings.length)
      const support = sideColumns(slice, 'support')
      const resistance = sideColumns(slice, 'resistance')
      const inStrongZone = slice.column('in_strong_zone')
      const zonePosition = slice.column('zone_position')
      const zoneNumber = slice.column('n_zones')
      return {
        step(state, bar, out) {
          const { index, close } = bar
          const range = read(out, averageRange)
          const atr = isZero(range) ? Number.NaN : range
          for (let at = 0; at < swings.length; at += 1) {
            const swing = swings[at]
            pivots[at] = swing !== undefined && out[swing.flag] === 1 ? read(out, swing.price) : Number.NaN
          }
          stepZones(state, zones, rules, bar, atr, pivots)
          const below = supportZone(state, zones, strong, close)
          const above = resistanceZone(state, zones, strong, close)
          const down = supportDistance(state, zones, below, close)
          const up = resistanceDistance(state, zones, above, close)
          out[support.distance] = down / atr
          out[resistance.distance] = up / atr
          writeZone(state, zones, below, out, support, atr, index)
          writeZone(state, zones, above, out, resistance, atr, index)
          // Any zone that holds the close is the nearest on both sides.
          out[inStrongZone] = below !== NO_ZONE && below === above ? 1 : 0
          out[zonePosition] = down + up > 0 && !Number.isNaN(atr) ? down / (down + up) : Number.NaN
          out[zoneNumber] = zoneCount(state, zones)
        },
      }
    },
  }),
})

type SideColumns = ReturnType<typeof sideColumns>

function sideColumns(slice: Slice, side: 'support' | 'resistance') {
  return {
    distance: slice.column(`distance_to_nearest_${side}`),
    width: slice.column(`${side}_width`),
    touches: slice.column(`${side}_touches`),
    age: slice.column(`${side}_age`),
    strength: slice.column(`${side}_strength`),
  }
}

/** Writes what a side says of its zone: NaN for none, and where there is no ATR to measure by. */
function writeZone(
  state: Float64Array,
  zones: ZoneSlots,
  zone: number,
  out: Float64Array,
  columns: SideColumns,
  atr: number,
  bar: number,
): void {
  const known = zone !== NO_ZONE && !Number.isNaN(atr)
  out[columns.width] = known ? (read(state, zones.high + zone) - read(state, zones.low + zone)) / atr : Number.NaN
  out[columns.touches] = known ? read(state, zones.touches + zone) : Number.NaN
  out[columns.age] = known ? bar - read(state, zones.born + zone) : Number.NaN
  out[columns.strength] = known ? read(state, zones.strength + zone) : Number.NaN
}
