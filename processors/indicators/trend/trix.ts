import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { cascadeLag, exponentialCascade } from '../exponential-cascade.ts'
import { windowOnly } from '../params.ts'
import { read } from '../ring.ts'

/** TRIX: change from bar to bar of three EMAs one over the other, 100 * (E3 / E3[1] - 1) (Hutson; TA-Lib ta_TRIX). Unit: pct. */
export const trix = defineIndicator({
  ids: ['trix_15'],
  params: windowOnly,
  plan: ({ window }) => {
    const lengths = [window, window, window]
    return {
      outputs: ['value'],
      warmupBars: cascadeLag(lengths) + 2,
      bind(slice) {
        const averages = slice.slots('averages', lengths.length, PRICE)
        const cascade = exponentialCascade(averages, lengths)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            const previous = read(state, averages + 2)
            out[value] = 100 * (cascade(state, bar.index, bar.close) / previous - 1)
          },
        }
      },
    }
  },
})
