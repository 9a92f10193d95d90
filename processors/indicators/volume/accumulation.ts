import { z } from 'zod'
import type { Bar } from '../bar.ts'
import { defineIndicator } from '../definition.ts'
import { VOLUME } from '../dimension.ts'
import { isZero, noParams, windowLength, windowOnly } from '../params.ts'
import { put, read, windowSum } from '../ring.ts'

/** Money flow volume of a bar: V * ((C-L) - (H-C)) / (H-L), 0 without a range. Never beyond the volume (Chaikin). Unit: shares. */
function moneyFlow({ high, low, close, volume }: Bar): number {
  const range = high - low
  return isZero(range) ? 0 : ((close - low - (high - close)) / range) * volume
}

/**
 * Accumulation/distribution line: running sum of the money flow volume, from 0 (Chaikin; TA-Lib ta_AD). Unit: shares; the level
 * depends on the first bar ever seen.
 */
export const accumulationLine = defineIndicator({
  ids: ['ad_line'],
  params: noParams,
  plan: () => ({
    outputs: ['value'],
    warmupBars: 1,
    bind(slice) {
      const line = slice.slots('line', 1, VOLUME)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const sum = read(state, line) + moneyFlow(bar)
          state[line] = sum
          out[value] = sum
        },
      }
    },
  }),
})

/**
 * Chaikin oscillator: EMA(`fast`) - EMA(`slow`) of the accumulation/distribution line, both starting at its first value
 * (Chaikin; TA-Lib ta_ADOSC). Unit: shares.
 */
export const chaikinOscillator = defineIndicator({
  ids: ['adosc_3_10'],
  params: z.strictObject({ fast: windowLength, slow: windowLength }),
  plan: ({ fast, slow }) => ({
    outputs: ['value'],
    warmupBars: Math.max(fast, slow),
    dependencies: ['ad_line'],
    bind(slice) {
      const line = slice.input('ad_line', 'value')
      const fastAverage = slice.slots('fast', 1, VOLUME)
      const slowAverage = slice.slots('slow', 1, VOLUME)
      const value = slice.column('value')
      const fastWeight = 2 / (fast + 1)
      const slowWeight = 2 / (slow + 1)
      return {
        step(state, bar, out) {
          const input = out[line] ?? Number.NaN
          const previousFast = bar.index === 0 ? input : read(state, fastAverage)
          const previousSlow = bar.index === 0 ? input : read(state, slowAverage)
          const newFast = previousFast + fastWeight * (input - previousFast)
          const newSlow = previousSlow + slowWeight * (input - previousSlow)
          state[fastAverage] = newFast
          state[slowAverage] = newSlow
          out[value] = newFast - newSlow
        },
      }
    },
  }),
})

/** Chaikin money flow: money flow volume of `window` bars over their volume (TA-Lib ta_CMF). Unit: ratio, -1..1; no volume: 0. */
export const chaikinMoneyFlow = defineIndicator({
  ids: ['cmf_20'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window,
    lookback: { volume: window },
    bind(slice) {
      const volumes = slice.series('volume')
      const flows = slice.ring('flows', window, VOLUME)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          put(state, flows, bar.index, moneyFlow(bar))
          const traded = windowSum(state, volumes, bar.index, window)
          out[value] = isZero(traded) ? 0 : windowSum(state, flows, bar.index, window) / traded
        },
      }
    },
  }),
})
