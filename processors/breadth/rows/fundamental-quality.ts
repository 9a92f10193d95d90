import { z } from 'zod'
import { fieldName } from '../../../catalog/indicator-column.ts'
import { defineCrossRow } from '../definition.ts'
import { midRanks } from '../mid-rank.ts'
import { fieldOf } from '../section.ts'

/** What is ranked; less debt is better. */
const COMPONENTS = [
  { id: 'eps_growth_yoy', isBetterHigh: true },
  { id: 'rev_growth_yoy', isBetterHigh: true },
  { id: 'debt_to_equity', isBetterHigh: false },
  { id: 'earnings_yield_ttm', isBetterHigh: true },
  { id: 'div_yield', isBetterHigh: true },
]

/**
 * fund_quality_score_v1: mean of the mid-ranks that there are of growth, (low) debt, earnings yield and dividend yield in the
 * universe; NaN with fewer than `min_components` (after Asness, Frazzini & Pedersen 2019). Unit: ratio, 0..1.
 */
export const fundamentalQuality = defineCrossRow({
  id: 'fund_quality_score_v1',
  params: z.strictObject({ min_components: z.int().min(1) }),
  plan: ({ min_components: least }) => ({
    outputs: ['fund_quality_score'],
    warmupBars: 1,
    reads: COMPONENTS.map(({ id }) => fieldName(id, 'value')),
    bind(slice) {
      const components = COMPONENTS.map(({ id, isBetterHigh }) => ({
        field: slice.field(fieldName(id, 'value')),
        isBetterHigh,
      }))
      const column = slice.column('fund_quality_score')
      return {
        step(_state, section, { universe }) {
          const sums = new Float64Array(section.members.length)
          const counts = new Float64Array(section.members.length)
          for (const { field, isBetterHigh } of components) {
            const ranks = midRanks(fieldOf(section, field))
            for (let member = 0; member < ranks.length; member += 1) {
              const rank = ranks[member] ?? Number.NaN
              if (Number.isNaN(rank)) continue
              sums[member] = (sums[member] ?? 0) + (isBetterHigh ? rank : 1 - rank)
              counts[member] = (counts[member] ?? 0) + 1
            }
          }
          const scores = sums.map((sum, member) => {
            const count = counts[member] ?? 0
            return count < least ? Number.NaN : sum / count
          })
          universe[column]?.set(scores)
        },
      }
    },
  }),
})
