import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { windowMaximum, windowMinimum } from '../extreme-window.ts'
import { windowOnly } from '../params.ts'

/** Closes beyond every close of the `window` bars before (George & Hwang 2004): `new_high`, `new_low` (flag). */
export const newExtreme = defineIndicator({
  ids: ['new_extreme_event_v1'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['new_high', 'new_low'],
    warmupBars: window + 1,
    bind(slice) {
      const highest = windowMaximum(slice, 'highest', window, PRICE)
      const lowest = windowMinimum(slice, 'lowest', window, PRICE)
      const newHigh = slice.column('new_high')
      const newLow = slice.column('new_low')
      return {
        step(state, bar, out) {
          if (bar.index === 0) return
          // The windows end at the bar before.
          out[newHigh] = Number(bar.close > highest(state, bar.index - 1, bar.previousClose))
          out[newLow] = Number(bar.close < lowest(state, bar.index - 1, bar.previousClose))
        },
      }
    },
  }),
})
