import { defineIndicator } from '../definition.ts'
import { windowOnly } from '../params.ts'
import { type Ring, read } from '../ring.ts'

/** Share of the `window` closes before this bar that are not above its close (TA-Lib ta_PERCENTRANK). Unit: pct, 0..100. */
export const closePercentRank = defineIndicator({
  ids: ['pctrank_252'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { close: window + 1 },
    bind(slice) {
      const closes = slice.series('close')
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          out[value] = 100 * (countNotAbove(state, closes, bar.index - 1, window, bar.close) / window)
        },
      }
    },
  }),
})

/** How many of the last `length` values are not above `limit`. */
function countNotAbove(
  state: Float64Array,
  { offset, mask }: Ring,
  index: number,
  length: number,
  limit: number,
): number {
  let count = 0
  let bar = index - length + 1
  // Added, not branched upon: half of the branches would be mispredicted. Four at a time takes two thirds of the time.
  for (; bar <= index - 3; bar += 4) {
    count +=
      Number(read(state, offset + (bar & mask)) <= limit) +
      Number(read(state, offset + ((bar + 1) & mask)) <= limit) +
      Number(read(state, offset + ((bar + 2) & mask)) <= limit) +
      Number(read(state, offset + ((bar + 3) & mask)) <= limit)
  }
  for (; bar <= index; bar += 1) count += Number(read(state, offset + (bar & mask)) <= limit)
  return count
}
