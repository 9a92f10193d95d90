import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { isZero, windowOnly } from '../params.ts'
import { read, valueAgo } from '../ring.ts'
import { wilderAverage } from '../smoothing.ts'

/** Directional movement of one side: what it went beyond the previous bar, unless the other side went as far (Wilder 1978). */
export function directionalMovement(advance: number, opposite: number): number {
  return advance > 0 && advance > opposite ? advance : 0
}

/**
 * Directional indicators: 100 * Wilder sum of +DM (of -DM) over that of the true range. The sums run plainly over bars
 * 1..window-1, then S - S/window + x (Wilder 1978; TA-Lib ta_PLUS_DI, ta_MINUS_DI). Unit: pct, 0..100; without any range 0.
 */
export const directionalIndicators = defineIndicator({
  ids: ['dmi_14'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['plus_di', 'minus_di'],
    warmupBars: window + 1,
    lookback: { high: 2, low: 2 },
    bind(slice) {
      const highs = slice.series('high')
      const lows = slice.series('low')
      const plusSum = slice.slots('plus', 1, PRICE)
      const minusSum = slice.slots('minus', 1, PRICE)
      const rangeSum = slice.slots('range', 1, PRICE)
      const plus = slice.column('plus_di')
      const minus = slice.column('minus_di')

      const fold = (state: Float64Array, slot: number, index: number, input: number): number => {
        const sum = read(state, slot)
        const next = (index < window ? sum : sum - sum / window) + input
        state[slot] = next
        return next
      }

      return {
        step(state, bar, out) {
          if (bar.index === 0) {
            out[plus] = Number.NaN
            out[minus] = Number.NaN
            return
          }
          const up = bar.high - valueAgo(state, highs, bar.index, 1)
          const down = valueAgo(state, lows, bar.index, 1) - bar.low
          const range = fold(state, rangeSum, bar.index, bar.trueRange)
          const upward = fold(state, plusSum, bar.index, directionalMovement(up, down))
          const downward = fold(state, minusSum, bar.index, directionalMovement(down, up))
          const still = isZero(range)
          // A movement is never above its bar's range, but the sums may end an ulp apart.
          out[plus] = still ? 0 : 100 * Math.min(1, upward / range)
          out[minus] = still ? 0 : 100 * Math.min(1, downward / range)
        },
      }
    },
  }),
})

/**
 * Average directional index: Wilder average of DX = 100 * |+DI - -DI| / (+DI + -DI) (Wilder 1978; TA-Lib ta_ADX).
 * Unit: pct, 0..100. Without movement DX is 0 within the seed, and later the average stays.
 */
export const averageDirectionalIndex = defineIndicator({
  ids: ['adx_14'],
  params: windowOnly,
  plan: ({ window }) => {
    const source = `dmi_${window}`
    return {
      outputs: ['value'],
      warmupBars: 2 * window,
      dependencies: [source],
      bind(slice) {
        const plus = slice.input(source, 'plus_di')
        const minus = slice.input(source, 'minus_di')
        const slot = slice.slots('average', 1, DIMENSIONLESS)
        const average = wilderAverage(slot, window)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            const sum = read(out, plus) + read(out, minus)
            const position = bar.index - window
            if (isZero(sum) && position >= window) {
              out[value] = read(state, slot)
              return
            }
            const index = isZero(sum) ? 0 : 100 * (Math.abs(read(out, plus) - read(out, minus)) / sum)
            out[value] = average(state, position, index)
          },
        }
      },
    }
  },
})
