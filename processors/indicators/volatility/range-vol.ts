import type { Bar } from '../bar.ts'
import { defineIndicator, type IndicatorDefinition } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { windowOnly } from '../params.ts'
import { put, windowMean } from '../ring.ts'

/** Parkinson volatility: root mean of ln(H/L)^2 / (4 ln 2) (Parkinson 1980). Unit: vol, of one bar. */
export const parkinsonVolatility = rootMean('parkinson_20', ({ high, low }) => {
  const range = Math.log(high / low)
  return (range * range) / (4 * Math.LN2)
})

/** Garman-Klass volatility: root mean of ln(H/L)^2 / 2 - (2 ln 2 - 1) ln(C/O)^2 (Garman & Klass 1980). Unit: vol, of one bar. */
export const garmanKlassVolatility = rootMean('garman_klass_20', ({ open, high, low, close }) => {
  const range = Math.log(high / low)
  const body = Math.log(close / open)
  return 0.5 * range * range - (2 * Math.LN2 - 1) * body * body
})

/** Rogers-Satchell volatility: root mean of {@link rogersSatchellVariance} (Rogers & Satchell 1991). Unit: vol, of one bar. */
export const rogersSatchellVolatility = rootMean('rogers_satchell_20', rogersSatchellVariance)

/** ln(H/C) ln(H/O) + ln(L/C) ln(L/O), which needs no zero drift; from the logarithms of H, L and C over O. Not negative. */
export function rogersSatchellVariance({ open, high, low, close }: Bar): number {
  const up = Math.log(high / open)
  const down = Math.log(low / open)
  const body = Math.log(close / open)
  return up * (up - body) + down * (down - body)
}

function rootMean(id: string, variance: (bar: Bar) => number): IndicatorDefinition {
  return defineIndicator({
    ids: [id],
    params: windowOnly,
    plan: ({ window }) => ({
      outputs: ['value'],
      warmupBars: window,
      bind(slice) {
        const variances = slice.ring('variances', window, DIMENSIONLESS)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            put(state, variances, bar.index, variance(bar))
            out[value] = Math.sqrt(Math.max(0, windowMean(state, variances, bar.index, window)))
          },
        }
      },
    }),
  })
}
