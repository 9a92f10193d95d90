import { BAR_LOGS, sharedBarLogs } from '../bar-logs.ts'
import { defineIndicator, type IndicatorDefinition } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { windowOnly } from '../params.ts'
import { put, read, windowMean } from '../ring.ts'

/** The variance that one bar shows; its logarithms are those of {@link BAR_LOGS} from index `logs` of `shared` on. */
type BarVariance = (shared: Float64Array, logs: number) => number

/** Parkinson volatility: root mean of ln(H/L)^2 / (4 ln 2) (Parkinson 1980). Unit: vol, of one bar. */
export const parkinsonVolatility = rootMean('parkinson_20', (shared, logs) => {
  const range = read(shared, logs + BAR_LOGS.range)
  return (range * range) / (4 * Math.LN2)
})

/** Garman-Klass volatility: root mean of ln(H/L)^2 / 2 - (2 ln 2 - 1) ln(C/O)^2 (Garman & Klass 1980). Unit: vol, of one bar. */
export const garmanKlassVolatility = rootMean('garman_klass_20', (shared, logs) => {
  const range = read(shared, logs + BAR_LOGS.range)
  const body = read(shared, logs + BAR_LOGS.body)
  return 0.5 * range * range - (2 * Math.LN2 - 1) * body * body
})

/** Rogers-Satchell volatility: root mean of {@link rogersSatchellVariance} (Rogers & Satchell 1991). Unit: vol, of one bar. */
export const rogersSatchellVolatility = rootMean('rogers_satchell_20', rogersSatchellVariance)

/** ln(H/C) ln(H/O) + ln(L/C) ln(L/O), which needs no zero drift; from the logarithms of H, L and C over O. Not negative. */
export function rogersSatchellVariance(shared: Float64Array, logs: number): number {
  const up = read(shared, logs + BAR_LOGS.up)
  const down = read(shared, logs + BAR_LOGS.down)
  const body = read(shared, logs + BAR_LOGS.body)
  return up * (up - body) + down * (down - body)
}

function rootMean(id: string, variance: BarVariance): IndicatorDefinition {
  return defineIndicator({
    ids: [id],
    params: windowOnly,
    plan: ({ window }) => ({
      outputs: ['value'],
      warmupBars: window,
      bind(slice) {
        const logs = sharedBarLogs(slice)
        const variances = slice.ring('variances', window, DIMENSIONLESS)
        const value = slice.column('value')
        return {
          step(state, bar, out) {
            put(state, variances, bar.index, variance(bar.shared, logs))
            out[value] = Math.sqrt(Math.max(0, windowMean(state, variances, bar.index, window)))
          },
        }
      },
    }),
  })
}
