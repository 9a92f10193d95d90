import { z } from 'zod'
import { fieldName } from '../../../catalog/indicator-column.ts'
import { defineCrossRow } from '../definition.ts'
import { midRanks } from '../mid-rank.ts'
import { fieldOf } from '../section.ts'

const EARNINGS_YIELD = fieldName('earnings_yield_ttm', 'value')
const PRICE_TO_BOOK = fieldName('pb', 'value')

/**
 * valuation_percentile_v1: 1 - mean of the mid-ranks that there are of earnings yield and book to price, each within the sector,
 * or within the universe where fewer than `min_peers` of the sector have it. 0 = cheapest, 1 = most expensive. Unit: ratio.
 */
export const valuationPercentile = defineCrossRow({
  id: 'valuation_percentile_v1',
  params: z.strictObject({ min_peers: z.int().min(2) }),
  plan: ({ min_peers: least }) => ({
    outputs: ['valuation_percentile'],
    warmupBars: 1,
    reads: [EARNINGS_YIELD, PRICE_TO_BOOK],
    bind(slice) {
      const fields = { earnings: slice.field(EARNINGS_YIELD), book: slice.field(PRICE_TO_BOOK) }
      const column = slice.column('valuation_percentile')
      return {
        step(_state, section, { universe }) {
          const earnings = ranksAmongPeers(fieldOf(section, fields.earnings), section.sectors, least)
          const bookToPrice = fieldOf(section, fields.book).map((multiple) => 1 / multiple)
          const book = ranksAmongPeers(bookToPrice, section.sectors, least)
          const expensive = earnings.map((rank, member) => 1 - meanOfPresent(rank, book[member] ?? Number.NaN))
          universe[column]?.set(expensive)
        },
      }
    },
  }),
})

function ranksAmongPeers(values: Float64Array, sectors: readonly (string | undefined)[], least: number): Float64Array {
  const ranks = midRanks(values)
  for (const sector of new Set(sectors)) {
    if (sector === undefined) continue
    const own = values.map((value, member) => (sectors[member] === sector ? value : Number.NaN))
    const within = midRanks(own, least)
    for (let member = 0; member < ranks.length; member += 1) {
      const rank = within[member] ?? Number.NaN
      if (!Number.isNaN(rank)) ranks[member] = rank
    }
  }
  return ranks
}

function meanOfPresent(a: number, b: number): number {
  if (Number.isNaN(a)) return b
  return Number.isNaN(b) ? a : (a + b) / 2
}
