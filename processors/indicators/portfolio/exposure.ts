import { defineIndicator } from '../definition.ts'
import { noParams } from '../params.ts'
import type { SideField } from '../side-fields.ts'

/** A snapshot older than this many sessions says nothing of today's exposure. */
const MOST_SESSIONS = 1

function exposure(id: string, notionalField: SideField) {
  return defineIndicator({
    ids: [id],
    params: noParams,
    plan: () => ({
      outputs: ['value'],
      warmupBars: 1,
      side: ['portfolio.age_sessions', 'portfolio.equity', notionalField],
      bind(slice) {
        const age = slice.side('portfolio.age_sessions')
        const equityField = slice.side('portfolio.equity')
        const notional = slice.side(notionalField)
        const value = slice.column('value')
        return {
          step(_state, { side }, out) {
            const equity = side[equityField] ?? Number.NaN
            const isFresh = (side[age] ?? Number.NaN) <= MOST_SESSIONS
            out[value] = isFresh && equity > 0 ? (side[notional] ?? Number.NaN) / equity : Number.NaN
          },
        }
      },
    }),
  })
}

/** Sum of the sizes of all positions over equity. Unit: ratio. None without equity or with a snapshot older than a session. */
export const grossExposure = exposure('gross_exposure', 'portfolio.gross_notional')

/** Long less short positions over equity. Unit: ratio. None as {@link grossExposure}. */
export const netExposure = exposure('net_exposure', 'portfolio.net_notional')

/**
 * Concentration over positions by size: the sum of squared weights (Herfindahl) and the largest weight. Unit: ratio, 0..1; 0
 * without positions, none without a snapshot or while a held position has no price.
 */
export const concentration = defineIndicator({
  ids: ['concentration_idx_v1'],
  params: noParams,
  plan: () => ({
    outputs: ['hhi', 'top_weight'],
    warmupBars: 1,
    side: ['portfolio.hhi', 'portfolio.top_weight'],
    bind(slice) {
      const herfindahl = slice.side('portfolio.hhi')
      const largest = slice.side('portfolio.top_weight')
      const hhi = slice.column('hhi')
      const topWeight = slice.column('top_weight')
      return {
        step(_state, { side }, out) {
          out[hhi] = side[herfindahl] ?? Number.NaN
          out[topWeight] = side[largest] ?? Number.NaN
        },
      }
    },
  }),
})
