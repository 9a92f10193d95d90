import { fieldName } from '../../catalog/indicator-column.ts'
import type { ResolvedView } from '../../catalog/views.ts'
import { zoneSource } from '../../catalog/zone-source.ts'
import { type Dimension, PRICE } from '../indicators/dimension.ts'
import { isZero } from '../indicators/params.ts'
import { read } from '../indicators/ring.ts'
import { ZONE_RANGE, ZONE_SWINGS, zoneParams } from '../indicators/zones/support-resistance.ts'
import { allocateZones, type ZoneSlots, zoneCount } from '../indicators/zones/zone-slots.ts'
import { stepZones } from '../indicators/zones/zone-steps.ts'
import type { FieldList } from './field-list.ts'
import type { StateSlots } from './state-slots.ts'

/**
 * The zones of a view's row, oldest first, a list a column: the same rows of the engine make them as its zones, by the same steps,
 * so that the nearest strong ones are at the distances that the row's features say.
 */
export type ZoneTable = {
  /** The same for a zone as long as it lives: twice the founding bar's close in milliseconds, plus 1 for one of two. */
  readonly zone_id: readonly number[]
  /** -1 support: below the close; 1 resistance: above it; 0: it holds the close. */
  readonly zone_type: readonly number[]
  /** Bounds. Unit: price. */
  readonly zone_low: readonly number[]
  readonly zone_high: readonly number[]
  /** Touches, each fading with its age. */
  readonly zone_strength: readonly number[]
  readonly zone_touches: readonly number[]
  /** Closes of bars, UTC epoch milliseconds. */
  readonly zone_first_touch: readonly number[]
  readonly zone_last_touch: readonly number[]
}

/** Codes of `zone_type`; a zone that holds the close has 0. */
const SUPPORT = -1
const RESISTANCE = 1

/** Keeps the zones of a symbol on the bars of a view. */
export interface ZoneTableStep {
  /** Takes the row of 0-based `index` and gives the zones after it. `values` are the numbers read of the row. */
  take(state: Float64Array, index: number, ts: number, values: Float64Array): ZoneTable
}

/** Plans the zone table of a view; undefined if it has no feature of the zones on its own bars. */
export function bindZoneTable(view: ResolvedView, slots: StateSlots, fields: FieldList): ZoneTableStep | undefined {
  const params = zoneParamsOf(view)
  if (params === undefined) return undefined
  const { rules } = params
  const allocate = (name: string, size: number, dimension: Dimension): number =>
    slots.slots(view.timeframe, `zones.${name}`, size, dimension)
  const zones = allocateZones({ slots: allocate }, rules.maxZones + ZONE_SWINGS.length)
  const previousClose = allocate('previous_close', 1, PRICE)
  const [close, high, low, atr] = ['close', 'high', 'low', fieldName(ZONE_RANGE, 'value')].map((name) =>
    fields.indexOf(name),
  )
  const swings = ZONE_SWINGS.map((id) => ({
    flag: fields.indexOf(fieldName(id, 'value')),
    price: fields.indexOf(fieldName(id, 'price')),
  }))
  const pivots = new Float64Array(swings.length)
  const bar = { index: 0, tsClose: 0, high: 0, low: 0, close: 0, previousClose: 0 }
  const number = (values: Float64Array, at: number | undefined): number => values[at ?? -1] ?? Number.NaN

  return {
    take(state, index, ts, values) {
      bar.index = index
      bar.tsClose = ts
      bar.high = number(values, high)
      bar.low = number(values, low)
      bar.close = number(values, close)
      bar.previousClose = read(state, previousClose)
      state[previousClose] = bar.close
      swings.forEach(({ flag, price }, swing) => {
        pivots[swing] = values[flag] === 1 ? read(values, price) : Number.NaN
      })
      const range = number(values, atr)
      stepZones(state, zones, rules, bar, isZero(range) ? Number.NaN : range, pivots)
      return tableOf(state, zones, bar.close)
    },
  }
}

/** The parameters of the zones that a view shows; undefined where it shows none. */
function zoneParamsOf({ features }: ResolvedView) {
  const shown = zoneSource(features)
  return shown && zoneParams.parse(shown.source.params)
}

function tableOf(state: Float64Array, zones: ZoneSlots, close: number): ZoneTable {
  const count = zoneCount(state, zones)
  const column = (first: number): number[] => [...state.subarray(first, first + count)]
  const [low, high, ids] = [column(zones.low), column(zones.high), column(zones.id)]
  return {
    zone_id: ids,
    zone_type: low.map((bottom, zone) => (close < bottom ? RESISTANCE : close > (high[zone] ?? bottom) ? SUPPORT : 0)),
    zone_low: low,
    zone_high: high,
    zone_strength: column(zones.strength).map(Math.fround),
    zone_touches: column(zones.touches),
    zone_first_touch: ids.map((id) => Math.floor(id / 2)),
    zone_last_touch: column(zones.touchedAt),
  }
}
