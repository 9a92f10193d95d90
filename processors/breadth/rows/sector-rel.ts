import { z } from 'zod'
import { fieldName } from '../../../catalog/indicator-column.ts'
import { BARS_PER_YEAR } from '../../indicators/bars-per-year.ts'
import { isZero } from '../../indicators/params.ts'
import { defineCrossRow } from '../definition.ts'
import { medianOfSorted } from '../median.ts'
import { fieldOf } from '../section.ts'

const RETURN = fieldName('ret_20', 'value')
const VOLATILITY = fieldName('realized_vol_20', 'value')

/** Bars of the return that is compared. */
const WINDOW = 20

/**
 * sector_rel_v1: return over 20 bars less the median of the other members of the sector, and the same in units of the symbol's own
 * volatility over 20 bars (Moskowitz & Grinblatt 1999). Units: ratio, z. NaN without a sector or with too few peers.
 */
export const sectorRelative = defineCrossRow({
  id: 'sector_rel_v1',
  params: z.strictObject({ min_peers: z.int().min(1) }),
  plan: ({ min_peers: least }) => ({
    outputs: ['rel_ret_20', 'rel_z'],
    warmupBars: 21,
    reads: [RETURN, VOLATILITY],
    bind(slice) {
      const fields = { returns: slice.field(RETURN), volatilities: slice.field(VOLATILITY) }
      const columns = { relative: slice.column('rel_ret_20'), z: slice.column('rel_z') }
      return {
        step(_state, section, { universe }) {
          const returns = fieldOf(section, fields.returns)
          const volatilities = fieldOf(section, fields.volatilities)
          const relative = lessPeerMedian(returns, section.sectors, least)
          const share = Math.sqrt(WINDOW / BARS_PER_YEAR[section.timeframe])
          universe[columns.relative]?.set(relative)
          universe[columns.z]?.set(
            relative.map((value, member) => {
              const volatility = volatilities[member] ?? Number.NaN
              return isZero(volatility) ? Number.NaN : value / (volatility * share)
            }),
          )
        },
      }
    },
  }),
})

function lessPeerMedian(returns: Float64Array, sectors: readonly (string | undefined)[], least: number): Float64Array {
  const bySector = new Map<string, Float64Array>()
  for (const sector of new Set(sectors)) {
    if (sector === undefined) continue
    const own = returns.filter((value, member) => sectors[member] === sector && !Number.isNaN(value))
    bySector.set(sector, own.sort())
  }
  return returns.map((value, member) => {
    const all = bySector.get(sectors[member] ?? '')
    if (Number.isNaN(value) || all === undefined || all.length - 1 < least) return Number.NaN
    return value - medianOfSorted(all, all.indexOf(value))
  })
}
