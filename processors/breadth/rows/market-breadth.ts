import { z } from 'zod'
import { fieldName } from '../../../catalog/indicator-column.ts'
import { LOG_RETURN } from '../daily-returns.ts'
import { defineCrossRow } from '../definition.ts'

const READS = {
  close: 'close',
  average: fieldName('ema_50', 'value'),
  logReturn: LOG_RETURN,
  newHigh: fieldName('new_extreme_event_v1', 'new_high'),
  newLow: fieldName('new_extreme_event_v1', 'new_low'),
}

/**
 * breadth_v1: of the members that have all inputs, the share above their 50-bar average, the share that rose (unchanged counts
 * half), and new 252-bar highs less lows (Zweig 1986). Unit: ratio. NaN with fewer than `min_members` of them.
 */
export const marketBreadth = defineCrossRow({
  id: 'breadth_v1',
  params: z.strictObject({ min_members: z.int().min(1) }),
  plan: ({ min_members: least }) => ({
    outputs: ['pct_above_ema50', 'adv_ratio', 'nh_nl', 'coverage'],
    warmupBars: 253,
    reads: Object.values(READS),
    bind(slice) {
      const fields = Object.values(READS).map((name) => slice.field(name))
      const columns = ['pct_above_ema50', 'adv_ratio', 'nh_nl', 'coverage'].map((name) => slice.column(name))
      return {
        step(_state, { members, universeSize }, { market }) {
          let [count, above, advanced, extremes] = [0, 0, 0, 0]
          for (const { values } of members) {
            const [close = 0, average = 0, logReturn = 0, newHigh = 0, newLow = 0] = fields.map(
              (field) => values[field] ?? Number.NaN,
            )
            if (Number.isNaN(close + average + logReturn + newHigh + newLow)) continue
            count += 1
            if (close > average) above += 1
            advanced += logReturn === 0 ? 0.5 : logReturn > 0 ? 1 : 0
            extremes += newHigh - newLow
          }
          const shares = [above / count, advanced / count, extremes / count, count / universeSize]
          for (const [at, column] of columns.entries()) {
            market[column] = count < least ? Number.NaN : (shares[at] ?? Number.NaN)
          }
        },
      }
    },
  }),
})
