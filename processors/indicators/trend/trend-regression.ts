import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { isFlat } from '../flatness.ts'
import { windowLength } from '../params.ts'
import { read } from '../ring.ts'

/** Share of the variation below which what the line leaves of it is not taken as a difference: of 16 digits 13 are left at this one. */
const LEAST_SHARE = 1e-3

/**
 * Least squares line through the last `window` closes: slope a bar (price), r2 (ratio, 0..1), slope_pct = slope in per cent of the
 * close, resid_z = distance of the close from the line in standard errors (TA-Lib ta_LINEARREG_SLOPE; Qlib Alpha158 BETA, RSQR,
 * RESI). Equal closes: slope, r2 and resid_z are 0; closes on a line: resid_z is 0.
 */
export const trendRegression = defineIndicator({
  ids: ['trend_regression_50'],
  params: z.strictObject({ window: windowLength.min(3) }),
  plan: ({ window }) => {
    const average = `sma_${window}`
    const center = (window - 1) / 2
    const spreadOfTime = (window * (window * window - 1)) / 12
    return {
      outputs: ['slope', 'r2', 'slope_pct', 'resid_z'],
      warmupBars: window,
      lookback: { close: window },
      dependencies: [average],
      bind(slice) {
        const { offset, mask } = slice.series('close')
        const input = slice.input(average, 'value')
        const slope = slice.column('slope')
        const r2 = slice.column('r2')
        const slopePct = slice.column('slope_pct')
        const residZ = slice.column('resid_z')
        return {
          step(state, bar, out) {
            const mean = read(out, input)
            const oldest = bar.index - window + 1
            let covariation = 0
            let variation = 0
            let time = -center
            for (let place = oldest; place <= bar.index; place += 1) {
              const distance = read(state, offset + (place & mask)) - mean
              covariation += time * distance
              variation += distance * distance
              time += 1
            }
            const flat = isFlat(Math.sqrt(variation / window), mean)
            const gradient = flat ? 0 : covariation / spreadOfTime
            let squaredResiduals = variation - gradient * covariation
            // Close to a line the difference has lost its digits, and the residuals themselves are summed.
            if (squaredResiduals < LEAST_SHARE * variation) {
              squaredResiduals = 0
              time = -center
              for (let place = oldest; place <= bar.index; place += 1) {
                const residual = read(state, offset + (place & mask)) - mean - gradient * time
                squaredResiduals += residual * residual
                time += 1
              }
            }
            const error = Math.sqrt(squaredResiduals / (window - 2))
            out[slope] = gradient
            out[slopePct] = (100 * gradient) / bar.close
            out[r2] = flat ? 0 : Math.min(1, (gradient * covariation) / variation)
            out[residZ] = isFlat(error, mean) ? 0 : (bar.close - (mean + gradient * center)) / error
          },
        }
      },
    }
  },
})
