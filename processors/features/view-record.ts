import type { ResolvedPack, ResolvedView } from '../../catalog/views.ts'
import type { OutputRecord } from '../processor.ts'
import type { IndicatorInput } from './indicator-input.ts'
import { type ServedValue, servedValueOf } from './served-value.ts'
import type { Published } from './view-fold.ts'

/** Makes the output record of a view's row. */
export type ViewRecord = (row: Pick<IndicatorInput, 'symbol' | 'ts'>, published: Published) => OutputRecord

/**
 * Builds what writes a view's row: the times, `fill_rate` = share of the enabled features that are not null (1 without any),
 * `imputed_<pack_id>` for every pack, then each feature under its id. The bit of ordinal o is bit o % 8 of byte o >> 3; a mask
 * is never null and as long as the pack's highest ordinal needs, so of 0 bytes for a pack without features. Here alone values
 * are cast to float32.
 */
export function createViewRecord(view: ResolvedView, headers: Readonly<Record<string, string>>): ViewRecord {
  const { topic, record: recordName, timeframe } = view
  const masks = view.packs.map((pack) => planMask(pack, view))
  const columns = view.features.map(({ id, dtype, enabled }) => ({ id, enabled, serve: servedValueOf(dtype) }))
  const enabledCount = columns.filter(({ enabled }) => enabled).length

  return ({ symbol, ts }, { values, imputed, knownAt }) => {
    const value: Record<string, ServedValue | string | Buffer> = {
      symbol,
      timeframe,
      ts,
      known_at: knownAt,
      fill_rate: 1,
    }
    for (const mask of masks) value[mask.field] = maskOf(mask, imputed)
    let present = 0
    for (let position = 0; position < columns.length; position += 1) {
      const column = columns[position]
      if (column === undefined) continue
      const served = column.serve(values[position] ?? Number.NaN)
      value[column.id] = served
      if (column.enabled && served !== null) present += 1
    }
    if (enabledCount > 0) value.fill_rate = Math.fround(present / enabledCount)
    return { topic, key: symbol, recordName, value, timestamp: ts, headers }
  }
}

type Mask = {
  readonly field: string
  readonly bytes: number
  /** Places of the pack's features in the view, and their ordinals. */
  readonly bits: readonly { readonly position: number; readonly ordinal: number }[]
}

function planMask({ id, features }: ResolvedPack, view: ResolvedView): Mask {
  const highest = features.at(-1)?.ordinal ?? -1
  const bits = features.map((feature) => ({ position: view.features.indexOf(feature), ordinal: feature.ordinal }))
  return { field: `imputed_${id}`, bytes: (highest >> 3) + 1, bits }
}

function maskOf({ bytes, bits }: Mask, imputed: Uint8Array): Buffer {
  const mask = Buffer.alloc(bytes)
  for (const { position, ordinal } of bits) {
    if (imputed[position] === 1) mask[ordinal >> 3] = (mask[ordinal >> 3] ?? 0) | (1 << (ordinal & 7))
  }
  return mask
}
