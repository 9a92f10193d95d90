import type { ResolvedPack, ResolvedView } from '../../catalog/views.ts'
import type { OutputRecord } from '../processor.ts'
import type { IndicatorInput } from './indicator-input.ts'
import { servedValueOf, vectorWidth } from './served-value.ts'
import type { Published } from './view-fold.ts'

/** Makes the output record of a view's row. */
export type ViewRecord = (row: Pick<IndicatorInput, 'symbol' | 'ts'>, published: Published) => OutputRecord

/**
 * Builds what writes a view's row: the times; what is to be said of its quality, over the enabled features: `fill_rate` = share
 * that are not null (1 without any), `measured_rate` = share that no policy filled either, `staleness_bars`; `imputed_<pack_id>` for
 * every pack; each feature under its id; the zone table where the view has one. The bit of ordinal o is bit o % 8 of byte o >> 3; a
 * mask is never null and as long as the pack's highest ordinal needs, so of 0 bytes for a pack without features. Here alone values are
 * cast to float32.
 */
export function createViewRecord(view: ResolvedView, headers: Readonly<Record<string, string>>): ViewRecord {
  const { topic, record: recordName, timeframe } = view
  const columns = columnsOf(view)
  const masks = view.packs.map((pack) => planMask(pack, columns))
  const enabledCount = columns.filter(({ enabled }) => enabled).length
  // Copying an object that has all fields first is several times faster than adding hundreds of them to another.
  const names = ['symbol', 'timeframe', 'ts', 'known_at', 'fill_rate', 'measured_rate', 'staleness_bars']
  const empty: Record<string, unknown> = Object.fromEntries(
    [...names, ...masks.map(({ field }) => field), ...columns.map(({ id }) => id)].map((name) => [name, null]),
  )

  return ({ symbol, ts }, { values, imputed, knownAt, stalenessBars, zones }) => {
    const value = { ...empty }
    value.symbol = symbol
    value.timeframe = timeframe
    value.ts = ts
    value.known_at = knownAt
    value.staleness_bars = stalenessBars
    for (const mask of masks) value[mask.field] = maskOf(mask, imputed)
    let present = 0
    let measured = 0
    for (const { id, slot, enabled, serve } of columns) {
      const served = serve(values, slot)
      if (served === null) continue
      value[id] = served
      if (!enabled) continue
      present += 1
      if (imputed[slot] === 0) measured += 1
    }
    value.fill_rate = enabledCount === 0 ? 1 : Math.fround(present / enabledCount)
    value.measured_rate = enabledCount === 0 ? 1 : Math.fround(measured / enabledCount)
    if (zones !== undefined) Object.assign(value, zones)
    return { topic, key: symbol, recordName, value, timestamp: ts, headers }
  }
}

/** The features of a view with the place of their first number among those published. */
function columnsOf({ features }: ResolvedView) {
  let slot = 0
  return features.map((feature) => {
    const { id, dtype, enabled } = feature
    const column = { feature, id, enabled, slot, serve: servedValueOf(dtype) }
    slot += vectorWidth(dtype) ?? 1
    return column
  })
}

type Mask = {
  readonly field: string
  readonly bytes: number
  /** Slots of the pack's features, and their ordinals. */
  readonly bits: readonly { readonly slot: number; readonly ordinal: number }[]
}

function planMask({ id, features }: ResolvedPack, columns: ReturnType<typeof columnsOf>): Mask {
  const highest = features.at(-1)?.ordinal ?? -1
  const slots = new Map(columns.map(({ feature, slot }) => [feature, slot]))
  const bits = features.map((feature) => ({ slot: slots.get(feature) ?? -1, ordinal: feature.ordinal }))
  return { field: `imputed_${id}`, bytes: (highest >> 3) + 1, bits }
}

function maskOf({ bytes, bits }: Mask, imputed: Uint8Array): Buffer {
  const mask = Buffer.alloc(bytes)
  for (const { slot, ordinal } of bits) {
    if (imputed[slot] === 1) mask[ordinal >> 3] = (mask[ordinal >> 3] ?? 0) | (1 << (ordinal & 7))
  }
  return mask
}
