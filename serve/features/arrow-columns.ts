import type { ResolvedFeature } from '../../catalog/views.ts'
import { quoteName } from '../../sink/sql-text.ts'
import type { PackSelection } from './pack-selection.ts'
import { isVector } from './served-row.ts'
import { ZONE_FIELDS } from './zone-list.ts'

/**
 * The columns of a row in Arrow, as a SELECT list over a row called `r`: symbol, ts, known_at, the quality, `imputed_<pack>` (hex of the bits),
 * then the features in the order of the packs: float, int8, bool, or a list that is empty where it is not available; last the zones, a
 * list a field, where they are asked for.
 */
export function arrowColumns({ features, contracts, hasZones }: PackSelection): readonly string[] {
  return [
    'toString(r.symbol) AS symbol',
    'r.ts AS ts',
    'r.known_at AS known_at',
    'r.fill_rate AS fill_rate',
    'r.measured_rate AS measured_rate',
    'r.staleness_bars AS staleness_bars',
    ...Object.keys(contracts).map((pack) => {
      const name = quoteName(`imputed_${pack}`)
      return `hex(ifNull(r.${name}, '')) AS ${name}`
    }),
    ...features.map((feature) => `${typed(feature)} AS ${quoteName(feature.id)}`),
    ...(hasZones ? ZONE_FIELDS.map((field) => `r.${quoteName(field)} AS ${quoteName(field)}`) : []),
  ]
}

function typed(feature: ResolvedFeature): string {
  const column = `r.${quoteName(feature.id)}`
  if (isVector(feature) || feature.dtype === 'float32') return column
  return `CAST(${column}, ${feature.dtype === 'bool' ? "'Nullable(Bool)'" : "'Nullable(Int8)'"})`
}
