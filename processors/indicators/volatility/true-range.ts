import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { isZero, noParams, windowOnly } from '../params.ts'
import { wilderAverage } from '../smoothing.ts'

/** True range: max(H-L, |H-C[1]|, |L-C[1]|) (Wilder 1978; TA-Lib ta_TRANGE). Unit: price. None on the first bar. */
export const trueRange = defineIndicator({
  ids: ['true_range'],
  params: noParams,
  plan: () => ({
    outputs: ['value'],
    warmupBars: 2,
    bind(slice) {
      const value = slice.column('value')
      return {
        step(_state, bar, out) {
          out[value] = bar.trueRange
        },
      }
    },
  }),
})

/** Average true range: Wilder average of the true range, which starts on bar 1 (Wilder 1978; TA-Lib ta_ATR). Unit: price. */
export const averageTrueRange = defineIndicator({
  ids: ['atr_14'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    bind(slice) {
      const average = wilderAverage(slice.slots('average', 1, PRICE), window)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          out[value] = average(state, bar.index - 1, bar.trueRange)
        },
      }
    },
  }),
})

/** Normalised average true range: 100 * ATR / C (Forman 2006; TA-Lib ta_NATR). Unit: pct. */
export const normalisedTrueRange = defineIndicator({
  ids: ['natr_14'],
  params: windowOnly,
  plan: ({ window }) => {
    const source = `atr_${window}`
    return {
      outputs: ['value'],
      warmupBars: window + 1,
      dependencies: [source],
      bind(slice) {
        const average = slice.input(source, 'value')
        const value = slice.column('value')
        return {
          step(_state, bar, out) {
            out[value] = isZero(bar.close) ? 0 : 100 * ((out[average] ?? Number.NaN) / bar.close)
          },
        }
      },
    }
  },
})
