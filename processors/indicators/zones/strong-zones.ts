import { read } from '../ring.ts'
import { type ZoneSlots, zoneCount } from './zone-slots.ts'

/** What makes a zone one to reckon with. */
export type StrengthRule = { readonly minTouches: number; readonly minStrength: number }

/** No zone: what the searches below return instead of a zone's place in the list. */
export const NO_ZONE = -1

/**
 * The strong zone nearest below `close`, in the sense of the largest upper edge; a zone that holds the close counts as one at
 * distance 0. Of two as near, the older; {@link NO_ZONE} if there is none.
 */
export function supportZone(state: Float64Array, zones: ZoneSlots, rule: StrengthRule, close: number): number {
  const count = zoneCount(state, zones)
  let nearest = NO_ZONE
  let smallest = Number.POSITIVE_INFINITY
  for (let zone = 0; zone < count; zone += 1) {
    if (!isStrong(state, zones, rule, zone) || read(state, zones.low + zone) > close) continue
    const distance = supportDistance(state, zones, zone, close)
    if (distance < smallest) {
      nearest = zone
      smallest = distance
    }
  }
  return nearest
}

/** The strong zone nearest above `close`, as {@link supportZone} is below it. */
export function resistanceZone(state: Float64Array, zones: ZoneSlots, rule: StrengthRule, close: number): number {
  const count = zoneCount(state, zones)
  let nearest = NO_ZONE
  let smallest = Number.POSITIVE_INFINITY
  for (let zone = 0; zone < count; zone += 1) {
    if (!isStrong(state, zones, rule, zone) || read(state, zones.high + zone) < close) continue
    const distance = resistanceDistance(state, zones, zone, close)
    if (distance < smallest) {
      nearest = zone
      smallest = distance
    }
  }
  return nearest
}

/** From the close down to the zone's upper edge; 0 within the zone, NaN for none. Unit: price. */
export function supportDistance(state: Float64Array, zones: ZoneSlots, zone: number, close: number): number {
  if (zone === NO_ZONE) return Number.NaN
  return Math.max(0, close - read(state, zones.high + zone))
}

/** From the close up to the zone's lower edge; 0 within the zone, NaN for none. Unit: price. */
export function resistanceDistance(state: Float64Array, zones: ZoneSlots, zone: number, close: number): number {
  if (zone === NO_ZONE) return Number.NaN
  return Math.max(0, read(state, zones.low + zone) - close)
}

function isStrong(state: Float64Array, zones: ZoneSlots, rule: StrengthRule, zone: number): boolean {
  return read(state, zones.touches + zone) >= rule.minTouches && read(state, zones.strength + zone) >= rule.minStrength
}
