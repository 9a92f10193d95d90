/** A support or resistance zone of the bars of a row. Times are UTC epoch milliseconds. */
export type Zone = {
  /** The same for a zone as long as it lives. */
  readonly id: number
  /** `support`: below the close of the row; `resistance`: above it; `holds_close`: the close is in it. */
  readonly type: ZoneType
  /** Bounds, price. */
  readonly low: number
  readonly high: number
  /** Touches, each fading with its age. */
  readonly strength: number
  readonly touches: number
  /** Closes of the bars of the first and the last touch. */
  readonly first_touch: number
  readonly last_touch: number
}

/** On which side of the close a zone lies, in the order of the codes -1, 0 and 1 of the field `zone_type`. */
export const ZONE_TYPES = ['support', 'holds_close', 'resistance'] as const

/** One of {@link ZONE_TYPES}. */
export type ZoneType = (typeof ZONE_TYPES)[number]

/** The fields of a view's rows that hold the zones, a list each. */
export const ZONE_FIELDS = [
  'zone_id',
  'zone_type',
  'zone_low',
  'zone_high',
  'zone_strength',
  'zone_touches',
  'zone_first_touch',
  'zone_last_touch',
] as const

/** Zones as they are kept: {@link ZONE_FIELDS} one behind the other, each as long as there are zones. */
export type ZoneList = Float64Array

const NONE: ZoneList = new Float64Array(0)

/** Keeps the lists of {@link ZONE_FIELDS}; one that is missing or shorter than the ids is as if it held zeros. */
export function zoneList(listOf: (field: string) => unknown): ZoneList {
  const ids = listOf(ZONE_FIELDS[0])
  if (!Array.isArray(ids) || ids.length === 0) return NONE
  const zones = new Float64Array(ids.length * ZONE_FIELDS.length)
  for (const [column, field] of ZONE_FIELDS.entries()) {
    const list = listOf(field)
    if (Array.isArray(list)) zones.set(list.slice(0, ids.length), column * ids.length)
  }
  return zones
}

/** The zones, oldest first. */
export function zonesIn(zones: ZoneList): readonly Zone[] {
  const count = zones.length / ZONE_FIELDS.length
  const at = (column: number, zone: number) => zones[column * count + zone] ?? 0
  return Array.from({ length: count }, (_, zone) => ({
    id: at(0, zone),
    type: ZONE_TYPES[at(1, zone) + 1] ?? 'holds_close',
    low: at(2, zone),
    high: at(3, zone),
    strength: at(4, zone),
    touches: at(5, zone),
    first_touch: at(6, zone),
    last_touch: at(7, zone),
  }))
}
