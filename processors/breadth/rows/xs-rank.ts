import { z } from 'zod'
import { fieldName } from '../../../catalog/indicator-column.ts'
import { defineCrossRow } from '../definition.ts'
import { midRanks } from '../mid-rank.ts'
import { fieldOf } from '../section.ts'

const RANKED = ['ret_5', 'ret_20', 'rsi_14', 'realized_vol_20', 'amihud_20', 'dollar_vol_20']

/** The input with the longest window that nothing but warm-up leaves out. */
const LAST_WARM = 'ret_20'

/**
 * xs_rank_v1: mid-rank of each input among the members that have it (Jegadeesh & Titman 1993). A member counts once it is warm, so
 * that all its inputs are there but for one that its own rule leaves out (amihud_20 without volume). Unit: ratio, 0..1.
 */
export const crossSectionalRank = defineCrossRow({
  id: 'xs_rank_v1',
  params: z.strictObject({ min_members: z.int().min(2) }),
  plan: ({ min_members: least }) => ({
    outputs: [...RANKED, 'coverage'],
    warmupBars: 21,
    reads: RANKED.map((id) => fieldName(id, 'value')),
    bind(slice) {
      const ranked = RANKED.map((id) => ({ field: slice.field(fieldName(id, 'value')), column: slice.column(id) }))
      const warm = slice.field(fieldName(LAST_WARM, 'value'))
      const coverage = slice.column('coverage')
      return {
        step(_state, section, { universe }) {
          const isWarm = fieldOf(section, warm).map((value) => (Number.isNaN(value) ? 0 : 1))
          for (const { field, column } of ranked) {
            const values = fieldOf(section, field).map((value, member) => (isWarm[member] === 1 ? value : Number.NaN))
            universe[column]?.set(midRanks(values, least))
          }
          const count = isWarm.reduce((sum, one) => sum + one, 0)
          const share = count < least ? Number.NaN : count / section.universeSize
          universe[coverage]?.set(isWarm.map((one) => (one === 1 ? share : Number.NaN)))
        },
      }
    },
  }),
})
