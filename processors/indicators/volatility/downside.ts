import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { windowLength, windowOnly } from '../params.ts'
import { put, read, windowMean } from '../ring.ts'

/**
 * Ulcer index: root mean square over `window` bars of the drawdown in per cent from the highest close of `window` bars
 * (Martin & McCann 1989). Unit: pct, 0..100.
 */
export const ulcerIndex = defineIndicator({
  ids: ['ulcer_14'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: 2 * window - 1,
    highest: { close: window },
    bind(slice) {
      const highest = slice.highest('close', window)
      const squares = slice.ring('squares', window, DIMENSIONLESS)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const drawdown = 100 * (bar.close / read(bar.shared, highest) - 1)
          put(state, squares, bar.index, drawdown * drawdown)
          out[value] = Math.sqrt(windowMean(state, squares, bar.index, window))
        },
      }
    },
  }),
})

/** Downside deviation: root mean square of what the last `window` log returns fall short of `target` (Sortino & Price 1994). Unit: vol. */
export const downsideDeviation = defineIndicator({
  ids: ['downside_dev_20'],
  params: z.strictObject({ window: windowLength, target: z.number() }),
  plan: ({ window, target }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { logReturn: window },
    bind(slice) {
      const { offset, mask } = slice.series('logReturn')
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          let squares = 0
          for (let index = bar.index - window + 1; index <= bar.index; index += 1) {
            const shortfall = Math.min(read(state, offset + (index & mask)) - target, 0)
            squares += shortfall * shortfall
          }
          out[value] = Math.sqrt(squares / window)
        },
      }
    },
  }),
})
