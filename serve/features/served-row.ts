import type { ResolvedView } from '../../catalog/views.ts'
import { zoneSource } from '../../catalog/zone-source.ts'
import type { DataRecord } from '../../processors/processor.ts'
import { type ZoneList, zoneList } from './zone-list.ts'

/** A row of a view as it was published. Times are UTC epoch milliseconds. */
export type ServedRow = {
  readonly symbol: string
  readonly ts: number
  readonly knownAt: number
  /** Share of the enabled features that are not null. */
  readonly fillRate: number | null
  /** Share of them that are neither null nor filled. */
  readonly measuredRate: number | null
  /** Greatest age of the value of an enabled feature, in bars of the view. */
  readonly stalenessBars: number | null
  /** By position in the view; codes and truth values are numbers, NaN = null, a vector's place is NaN. */
  readonly values: Float32Array
  /** Vectors by position in the view; a position that is not there is null. */
  readonly vectors: ReadonlyMap<number, Float32Array>
  /** The zones of its bars; empty in a view that has none. */
  readonly zones: ZoneList
  /** By position in the view: 1 where the missing policy filled the value. */
  readonly imputed: Uint8Array
  /** `contract.<pack>` of the record; undefined where only the history is known, which keeps no headers. */
  readonly contracts: Readonly<Record<string, string>> | undefined
  /** Where the record is in the log. */
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Reads what a record of the view's topic says; records of one release share one object of contracts. */
export type RowReader = (record: DataRecord) => ServedRow

/** Whether a feature is an array of numbers. */
export function isVector({ dtype }: { readonly dtype: string }): boolean {
  return dtype.endsWith(']')
}

/** Builds the reader of the rows of a view. */
export function createRowReader(view: ResolvedView): RowReader {
  const masks = maskPlaces(view)
  const contractsOf = internContracts()
  const hasZones = zoneSource(view.features) !== undefined
  return ({ value, headers, topic, partition, offset, key }) => {
    const values = new Float32Array(view.features.length).fill(Number.NaN)
    const vectors = new Map<number, Float32Array>()
    for (const [position, { id }] of view.features.entries()) {
      const served = value[id]
      if (typeof served === 'number') values[position] = served
      else if (typeof served === 'boolean') values[position] = served ? 1 : 0
      else if (Array.isArray(served)) vectors.set(position, Float32Array.from(served))
    }
    const numberOf = (field: string): number | null => {
      const number = value[field]
      return typeof number === 'number' ? number : null
    }
    return {
      symbol: key,
      ts: Number(value.ts),
      knownAt: Number(value.known_at),
      fillRate: numberOf('fill_rate'),
      measuredRate: numberOf('measured_rate'),
      stalenessBars: numberOf('staleness_bars'),
      values,
      vectors,
      zones: zoneList((field) => (hasZones ? value[field] : undefined)),
      imputed: unpackMasks(masks, view.features.length, (field) => {
        const bytes = value[field]
        return bytes instanceof Uint8Array ? bytes : undefined
      }),
      contracts: contractsOf(headers),
      topic,
      partition,
      offset,
    }
  }
}

type MaskPlace = { readonly field: string; readonly position: number; readonly ordinal: number }

/** Where the bit of each feature is: the field of its pack, and its ordinal there. */
export function maskPlaces(view: ResolvedView): readonly MaskPlace[] {
  return view.packs.flatMap(({ id, features }) =>
    features.map((feature) => ({
      field: `imputed_${id}`,
      position: view.features.indexOf(feature),
      ordinal: feature.ordinal,
    })),
  )
}

/** The bits of all packs as one flag per position of the view. */
export function unpackMasks(
  places: readonly MaskPlace[],
  length: number,
  bytesOf: (field: string) => Uint8Array | undefined,
): Uint8Array {
  const flags = new Uint8Array(length)
  let field = ''
  let bytes: Uint8Array | undefined
  for (const place of places) {
    if (place.field !== field) {
      field = place.field
      bytes = bytesOf(field)
    }
    if (bytes !== undefined && ((bytes[place.ordinal >> 3] ?? 0) >> (place.ordinal & 7)) & 1) flags[place.position] = 1
  }
  return flags
}

function internContracts() {
  const known = new Map<string, Readonly<Record<string, string>>>()
  return (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
    const contracts = Object.entries(headers).filter(([name]) => name.startsWith('contract.'))
    const text = JSON.stringify(contracts)
    const found = known.get(text)
    if (found !== undefined) return found
    const fresh = Object.fromEntries(contracts.map(([name, hash]) => [name.slice('contract.'.length), hash]))
    known.set(text, fresh)
    return fresh
  }
}
