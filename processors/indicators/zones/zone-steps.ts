import { read } from '../ring.ts'
import { addZone, removeZone, touchZone, type ZoneMoment, type ZoneSlots, zoneCount } from './zone-slots.ts'

/** How zones come, merge, grow and go. Widths and distances are in ATR, times in bars. */
export type ZoneRules = {
  /** A pivot this near to a centre belongs to that zone. */
  readonly mergeAtr: number
  readonly halfWidthAtr: number
  readonly maxWidthAtr: number
  readonly touchGapBars: number
  readonly halfLifeBars: number
  readonly expireBars: number
  readonly maxZones: number
}

/** What of a bar its touches depend on. */
export type TouchingBar = ZoneMoment & {
  readonly high: number
  readonly low: number
  readonly close: number
  readonly previousClose: number
}

/**
 * One bar: strengths fade, the bar touches zones, new swings join or found zones, stale and surplus zones go. `pivots` are the
 * prices of the swings that the bar confirms, NaN = none. Without an ATR the zones stay as they are.
 */
export function stepZones(
  state: Float64Array,
  zones: ZoneSlots,
  rules: ZoneRules,
  bar: TouchingBar,
  atr: number,
  pivots: Float64Array,
): void {
  if (Number.isNaN(atr)) return
  decayZones(state, zones, rules)
  touchZones(state, zones, rules, bar)
  for (let swing = 0; swing < pivots.length; swing += 1) {
    const price = read(pivots, swing)
    if (!Number.isNaN(price)) placePivot(state, zones, rules, price, atr, bar, swing)
  }
  dropZones(state, zones, rules, bar.index)
}

/** Every strength fades by one bar. */
export function decayZones(state: Float64Array, zones: ZoneSlots, { halfLifeBars }: ZoneRules): void {
  const factor = 0.5 ** (1 / halfLifeBars)
  const end = zones.strength + zoneCount(state, zones)
  for (let slot = zones.strength; slot < end; slot += 1) state[slot] = read(state, slot) * factor
}

/** A bar touches a zone that it reaches into and leaves on the side that it came from. */
export function touchZones(state: Float64Array, zones: ZoneSlots, rules: ZoneRules, bar: TouchingBar): void {
  const { high, low, close, previousClose } = bar
  const count = zoneCount(state, zones)
  for (let zone = 0; zone < count; zone += 1) {
    const bottom = read(state, zones.low + zone)
    const top = read(state, zones.high + zone)
    const stayedAbove = close > top && previousClose > top
    const stayedBelow = close < bottom && previousClose < bottom
    if (low <= top && high >= bottom && (stayedAbove || stayedBelow)) {
      touchZone(state, zones, zone, bar, rules.touchGapBars)
    }
  }
}

/**
 * A swing at `price`, confirmed at a bar, joins the nearest zone within reach (of two as near, the older) or founds one. `swing`
 * is its place among those of the bar.
 */
export function placePivot(
  state: Float64Array,
  zones: ZoneSlots,
  rules: ZoneRules,
  price: number,
  atr: number,
  bar: ZoneMoment,
  swing: number,
): void {
  const zone = nearestZone(state, zones, price, rules.mergeAtr * atr)
  if (zone === undefined) {
    addZone(state, zones, price, rules.halfWidthAtr * atr, bar, swing)
    return
  }
  const pivots = read(state, zones.pivots + zone) + 1
  const old = read(state, zones.centre + zone)
  const centre = old + (price - old) / pivots
  const low = Math.min(read(state, zones.low + zone), price)
  const high = Math.max(read(state, zones.high + zone), price)
  const tooWide = high - low > rules.maxWidthAtr * atr
  const widestHalf = (rules.maxWidthAtr / 2) * atr
  state[zones.pivots + zone] = pivots
  state[zones.centre + zone] = centre
  state[zones.low + zone] = tooWide ? centre - widestHalf : low
  state[zones.high + zone] = tooWide ? centre + widestHalf : high
  touchZone(state, zones, zone, bar, rules.touchGapBars)
}

/** Drops zones that nothing has touched for long, then the weakest (of two as weak, the older) while there are too many. */
export function dropZones(state: Float64Array, zones: ZoneSlots, rules: ZoneRules, bar: number): void {
  for (let zone = zoneCount(state, zones) - 1; zone >= 0; zone -= 1) {
    if (bar - read(state, zones.lastTouch + zone) > rules.expireBars) removeZone(state, zones, zone)
  }
  while (zoneCount(state, zones) > rules.maxZones) removeZone(state, zones, weakestZone(state, zones))
}

function nearestZone(state: Float64Array, zones: ZoneSlots, price: number, reach: number): number | undefined {
  const count = zoneCount(state, zones)
  let nearest: number | undefined
  let smallest = Number.POSITIVE_INFINITY
  for (let zone = 0; zone < count; zone += 1) {
    const distance = Math.abs(read(state, zones.centre + zone) - price)
    if (distance <= reach && distance < smallest) {
      nearest = zone
      smallest = distance
    }
  }
  return nearest
}

function weakestZone(state: Float64Array, zones: ZoneSlots): number {
  const count = zoneCount(state, zones)
  let weakest = 0
  for (let zone = 1; zone < count; zone += 1) {
    if (read(state, zones.strength + zone) < read(state, zones.strength + weakest)) weakest = zone
  }
  return weakest
}
