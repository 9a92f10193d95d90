import { defineIndicator } from '../definition.ts'
import { noParams } from '../params.ts'

/** Quoted spread of the last quote within the bar: 10000 * (ask - bid) / mid. Unit: bp. None without one, or with ask below bid. */
export const quotedSpread = defineIndicator({
  ids: ['spread_bp'],
  params: noParams,
  plan: () => ({
    outputs: ['value'],
    warmupBars: 1,
    side: ['quote.bid', 'quote.ask'],
    bind(slice) {
      const bidField = slice.side('quote.bid')
      const askField = slice.side('quote.ask')
      const value = slice.column('value')
      return {
        step(_state, { side }, out) {
          const bid = side[bidField] ?? Number.NaN
          const ask = side[askField] ?? Number.NaN
          out[value] = ask >= bid && bid > 0 ? (10_000 * (ask - bid)) / ((ask + bid) / 2) : Number.NaN
        },
      }
    },
  }),
})
