import { z } from 'zod'
import type { BaseSeries } from '../base-series.ts'
import { defineIndicator, type IndicatorDefinition } from '../definition.ts'
import { windowLength } from '../params.ts'
import { valueAgo } from '../ring.ts'

const params = z.strictObject({ left: windowLength, right: windowLength })

/**
 * Swing high: 1 on the bar that confirms it, `right` bars after a high above the `left` highs before and the `right` highs after
 * it (Williams' fractals; TA-Lib ta_FRACTAL). `price` is that high, NaN on other bars. Marking the swing's own bar would look ahead.
 */
export const swingHigh = swing('swing_high_5', 'high', 1)

/** Swing low: the mirror image of {@link swingHigh}, on lows. */
export const swingLow = swing('swing_low_5', 'low', -1)

function swing(id: string, name: BaseSeries, sign: 1 | -1): IndicatorDefinition {
  return defineIndicator({
    ids: [id],
    params,
    plan: ({ left, right }) => ({
      outputs: ['value', 'price'],
      warmupBars: left + right + 1,
      lookback: { [name]: left + right + 1 },
      bind(slice) {
        const series = slice.series(name)
        const value = slice.column('value')
        const price = slice.column('price')
        return {
          step(state, bar, out) {
            const pivot = valueAgo(state, series, bar.index, right)
            let confirmed = true
            for (let age = left + right; age >= 0 && confirmed; age -= 1) {
              confirmed = age === right || sign * (pivot - valueAgo(state, series, bar.index, age)) > 0
            }
            out[value] = confirmed ? 1 : 0
            out[price] = confirmed ? pivot : Number.NaN
          },
        }
      },
    }),
  })
}
