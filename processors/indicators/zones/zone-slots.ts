import { DIMENSIONLESS, type Dimension, PRICE } from '../dimension.ts'
import { read } from '../ring.ts'

/**
 * A list of price zones in state slots, oldest first: each field is the offset of a run of `capacity` slots, and zone i has
 * the slot at offset + i of every run. `count` is the one slot that holds how many zones there are.
 */
export type ZoneSlots = {
  readonly count: number
  /** Mean of the pivots, and the edges. Unit: price. */
  readonly centre: number
  readonly low: number
  readonly high: number
  /** Swings that fell into the zone. */
  readonly pivots: number
  readonly touches: number
  /** Touches, each fading with its age. */
  readonly strength: number
  /** Bar indices. */
  readonly born: number
  readonly lastTouch: number
  /** Twice the close of the bar that founded the zone, UTC epoch milliseconds, plus the founding swing's place in its bar. */
  readonly id: number
  /** Close of the bar of the last touch, UTC epoch milliseconds. */
  readonly touchedAt: number
}

/** When something happens to a zone: the bar's index, and its close in UTC epoch milliseconds (NaN where it is not known). */
export type ZoneMoment = { readonly index: number; readonly tsClose: number }

/** The runs of one zone's numbers, for moving a zone within the list. */
const RUNS = ['centre', 'low', 'high', 'pivots', 'touches', 'strength', 'born', 'lastTouch', 'id', 'touchedAt'] as const

/** What the slots of a list are allocated from. */
type ZoneAllocator = { slots(name: string, size: number, dimension: Dimension): number }

/** Allocates a list for at most `capacity` zones. */
export function allocateZones(slice: ZoneAllocator, capacity: number): ZoneSlots {
  const run = (name: string, dimension = DIMENSIONLESS) => slice.slots(name, capacity, dimension)
  return {
    count: slice.slots('count', 1, DIMENSIONLESS),
    centre: run('centre', PRICE),
    low: run('low', PRICE),
    high: run('high', PRICE),
    pivots: run('pivots'),
    touches: run('touches'),
    strength: run('strength'),
    born: run('born'),
    lastTouch: run('last_touch'),
    id: run('id'),
    touchedAt: run('touched_at'),
  }
}

/** How many zones there are. */
export function zoneCount(state: Float64Array, zones: ZoneSlots): number {
  return read(state, zones.count) | 0
}

/** Appends a zone around one pivot of a bar, touched once. `swing` tells the pivots of one bar apart: 0 or 1. */
export function addZone(
  state: Float64Array,
  zones: ZoneSlots,
  price: number,
  halfWidth: number,
  { index, tsClose }: ZoneMoment,
  swing: number,
): void {
  const zone = zoneCount(state, zones)
  state[zones.centre + zone] = price
  state[zones.low + zone] = price - halfWidth
  state[zones.high + zone] = price + halfWidth
  state[zones.pivots + zone] = 1
  state[zones.touches + zone] = 1
  state[zones.strength + zone] = 1
  state[zones.born + zone] = index
  state[zones.lastTouch + zone] = index
  state[zones.id + zone] = 2 * tsClose + swing
  state[zones.touchedAt + zone] = tsClose
  state[zones.count] = zone + 1
}

/** Removes a zone; those younger move up, so the list stays in order of age. */
export function removeZone(state: Float64Array, zones: ZoneSlots, zone: number): void {
  const last = zoneCount(state, zones) - 1
  for (const run of RUNS) {
    const from = zones[run] + zone
    state.copyWithin(from, from + 1, zones[run] + last + 1)
    state[zones[run] + last] = 0
  }
  state[zones.count] = last
}

/** Counts a touch, unless the last one is fewer than `gapBars` bars ago. */
export function touchZone(
  state: Float64Array,
  zones: ZoneSlots,
  zone: number,
  { index, tsClose }: ZoneMoment,
  gapBars: number,
): void {
  if (index - read(state, zones.lastTouch + zone) < gapBars) return
  state[zones.touches + zone] = read(state, zones.touches + zone) + 1
  state[zones.strength + zone] = read(state, zones.strength + zone) + 1
  state[zones.lastTouch + zone] = index
  state[zones.touchedAt + zone] = tsClose
}
