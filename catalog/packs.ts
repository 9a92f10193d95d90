import { CatalogError } from './catalog-error.ts'
import type { FeatureRow } from './feature-row.ts'

/** A pack version: its features in the order of their ordinals. */
export type Pack = { readonly id: string; readonly features: readonly FeatureRow[] }

const VERSIONED = /^(.+)_v([1-9]\d*)$/

/**
 * The features of a pack version in the order of their ordinals: `<name>_vN` has the rows that came with it and those of every
 * earlier version. Empty for a pack that no row is in yet.
 * Throws {@link CatalogError} on a row whose ordinal is not after all of the earlier versions, and RangeError on an id without version.
 */
export function packOf(features: readonly FeatureRow[], id: string): Pack {
  const { name, version } = parsePackId(id)
  const rows = features
    .map((feature) => ({ feature, from: parsePackId(feature.pack) }))
    .filter(({ from }) => from.name === name && from.version <= version)
    .sort((a, b) => a.feature.ordinal - b.feature.ordinal)
  for (const [at, { feature, from }] of rows.entries()) {
    if (from.version >= (rows[at - 1]?.from.version ?? 0)) continue
    const place = { file: feature.file, line: feature.line, column: 'ordinal' }
    throw new CatalogError('CATALOG_CELL', place, `must be below those of later versions of ${feature.pack}`)
  }
  return { id, features: rows.map(({ feature }) => feature) }
}

/** Every pack version that a row came with, in the order of the file. */
export function allPacks(features: readonly FeatureRow[]): readonly Pack[] {
  return [...new Set(features.map(({ pack }) => pack))].map((id) => packOf(features, id))
}

function parsePackId(id: string): { readonly name: string; readonly version: number } {
  const [, name, version] = VERSIONED.exec(id) ?? []
  if (name === undefined || version === undefined) throw new RangeError(`Pack id ${id} must end in _v and a number`)
  return { name, version: Number(version) }
}
