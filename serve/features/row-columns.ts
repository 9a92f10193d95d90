import type { ResolvedFeature, ResolvedView } from '../../catalog/views.ts'
import { zoneSource } from '../../catalog/zone-source.ts'
import { quoteName } from '../../sink/sql-text.ts'
import { isVector, maskPlaces, type ServedRow, unpackMasks } from './served-row.ts'
import { ZONE_FIELDS, zoneList } from './zone-list.ts'

/** Columns of a row of the history as {@link readStoredRow} takes them, under names that are none of the table's own. */
export type StoredRow = {
  readonly row_symbol: string
  readonly row_ts: number
  readonly row_known: number
  readonly row_fill: number | null
  readonly row_measured: number | null
  readonly row_staleness: number | null
  /** Hex of the imputed bits of each pack, in the order of the view's packs. */
  readonly row_masks: readonly string[]
  /** Numbers of all features that are no vectors, in view order. */
  readonly row_values: readonly (number | null)[]
  readonly row_vectors: readonly (readonly number[])[]
  /** The lists of the zones' fields; none in a view without zones. */
  readonly row_zones: readonly (readonly number[])[]
  readonly row_topic: string
  readonly row_partition: number
  readonly row_offset: number
}

/** The columns of {@link StoredRow} as a SELECT list over a row called `r`. Float32 goes as the double it equals, so all its bits come. */
export function storedRowColumns(view: ResolvedView): readonly string[] {
  const column = ({ id }: { readonly id: string }) => `r.${quoteName(id)}`
  const scalars = view.features.filter((feature) => !isVector(feature))
  const vectors = view.features.filter(isVector)
  const masks = view.packs.map(({ id }) => `hex(ifNull(r.${quoteName(`imputed_${id}`)}, ''))`)
  return [
    'toString(r.symbol) AS row_symbol',
    'toUnixTimestamp64Milli(r.ts) AS row_ts',
    'toUnixTimestamp64Milli(r.known_at) AS row_known',
    'toFloat64(r.fill_rate) AS row_fill',
    'toFloat64(r.measured_rate) AS row_measured',
    'r.staleness_bars AS row_staleness',
    `[${masks.join(', ')}] AS row_masks`,
    `CAST([${scalars.map((feature) => `toFloat64(${column(feature)})`).join(', ')}], 'Array(Nullable(Float64))') AS row_values`,
    `CAST([${vectors.map((feature) => `arrayMap(x -> toFloat64(x), ${column(feature)})`).join(', ')}], 'Array(Array(Float64))') AS row_vectors`,
    `CAST(${zonesSql(view)}, 'Array(Array(Float64))') AS row_zones`,
    'toString(r._topic) AS row_topic',
    'r._partition AS row_partition',
    'r._offset AS row_offset',
  ]
}

/** The lists of the zones' fields as one array; of a view without zones a list that is empty, since an array of none has no type. */
function zonesSql(view: ResolvedView): string {
  if (zoneSource(view.features) === undefined) return '[[]]'
  const lists = ZONE_FIELDS.map((field) => {
    const number = field.endsWith('_touch') ? 'toUnixTimestamp64Milli(x)' : 'x'
    return `arrayMap(x -> toFloat64(${number}), r.${quoteName(field)})`
  })
  return `[${lists.join(', ')}]`
}

/** Reads rows of the history of a view into what its topic gave. */
export function storedRowReader(view: ResolvedView): (stored: StoredRow) => ServedRow {
  const places = maskPlaces(view)
  const positionsOf = (of: (feature: ResolvedFeature) => boolean) =>
    view.features.flatMap((feature, position) => (of(feature) ? [position] : []))
  const scalars = positionsOf((feature) => !isVector(feature))
  const vectorPlaces = positionsOf(isVector)
  const zoneFields: readonly string[] = ZONE_FIELDS
  const fields = new Map(view.packs.map(({ id }, at) => [`imputed_${id}`, at]))
  return (stored) => {
    const values = new Float32Array(view.features.length).fill(Number.NaN)
    for (const [at, position] of scalars.entries()) values[position] = stored.row_values[at] ?? Number.NaN
    const vectors = new Map<number, Float32Array>()
    for (const [at, position] of vectorPlaces.entries()) {
      const vector = stored.row_vectors[at] ?? []
      // The table keeps an absent list as an empty one.
      if (vector.length > 0) vectors.set(position, Float32Array.from(vector))
    }
    const masks = stored.row_masks.map((hex) => Buffer.from(hex, 'hex'))
    return {
      symbol: stored.row_symbol,
      ts: stored.row_ts,
      knownAt: stored.row_known,
      fillRate: stored.row_fill,
      measuredRate: stored.row_measured,
      stalenessBars: stored.row_staleness,
      values,
      vectors,
      zones: zoneList((field) => stored.row_zones[zoneFields.indexOf(field)]),
      imputed: unpackMasks(places, view.features.length, (field) => masks[fields.get(field) ?? -1]),
      contracts: undefined,
      topic: stored.row_topic,
      partition: stored.row_partition,
      offset: stored.row_offset,
    }
  }
}
