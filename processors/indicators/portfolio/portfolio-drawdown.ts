import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { noParams } from '../params.ts'
import { read } from '../ring.ts'

/**
 * Drawdown of the portfolio: equity / peak - 1, the peak being the largest equity since inception, moved by what was paid in or taken
 * out (Grossman & Zhou 1993). Unit: ratio, -1..0. `bars_since_peak` counts from the last bar that stood at the peak, or from the
 * first bar of the stream. None without a snapshot and for an equity of 0 or less.
 */
export const portfolioDrawdown = defineIndicator({
  ids: ['portfolio_dd_v1'],
  params: noParams,
  plan: () => ({
    outputs: ['dd', 'bars_since_peak'],
    warmupBars: 1,
    side: ['portfolio.equity', 'portfolio.peak_equity'],
    bind(slice) {
      const equityField = slice.side('portfolio.equity')
      const peakField = slice.side('portfolio.peak_equity')
      const peakBar = slice.slots('peak_bar', 1, DIMENSIONLESS)
      const drawdown = slice.column('dd')
      const barsSince = slice.column('bars_since_peak')
      return {
        step(state, { side, index }, out) {
          const equity = side[equityField] ?? Number.NaN
          const peak = side[peakField] ?? Number.NaN
          if (equity >= peak) state[peakBar] = index
          const isKnown = equity > 0 && peak > 0
          out[drawdown] = isKnown ? Math.min(0, equity / peak - 1) : Number.NaN
          out[barsSince] = isKnown ? index - read(state, peakBar) : Number.NaN
        },
      }
    },
  }),
})
