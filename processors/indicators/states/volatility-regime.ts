import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { edgesParam, hysteresis, marginParam, stateAge } from '../hysteresis.ts'
import { isZero, windowLength } from '../params.ts'
import { rankInWindow } from '../percent-rank.ts'
import { read } from '../ring.ts'
import { unbrokenWindow } from '../unbroken-window.ts'
import { windowMedian } from '../window-median.ts'
import { withhold } from '../withhold.ts'

const SOURCE = 'yang_zhang_20'
const SOURCE_WARMUP = 21

/**
 * Volatility against its own history of `baseline_window` bars (Yang & Zhang 2000; Kritzman, Page & Turkington 2012).
 * `pctrank` (ratio, 0..1): mid percent rank of the Yang-Zhang volatility; `vol_regime_state` (code: 0 calm, 1 normal,
 * 2 stressed): the rank between its edges; `ratio_median` (ratio): the volatility over its median, 1 where that is zero;
 * `age` (bars): since the state last changed.
 */
export const volatilityRegime = defineIndicator({
  ids: ['vol_regime_state_v1'],
  params: z.strictObject({ baseline_window: windowLength.min(2), edges: edgesParam(2), h: marginParam }),
  plan: ({ baseline_window, edges, h }) => ({
    outputs: ['vol_regime_state', 'pctrank', 'ratio_median', 'age'],
    warmupBars: SOURCE_WARMUP + baseline_window - 1,
    dependencies: [SOURCE],
    bind(slice) {
      const source = slice.input(SOURCE, 'value')
      const baseline = unbrokenWindow(slice, 'baseline', baseline_window, DIMENSIONLESS)
      const medianOf = windowMedian(baseline)
      const machine = hysteresis(slice, 'state', edges, h)
      const ageOf = stateAge(slice, 'age')
      const regime = slice.column('vol_regime_state')
      const pctrank = slice.column('pctrank')
      const ratioMedian = slice.column('ratio_median')
      const age = slice.column('age')
      const own = [regime, pctrank, ratioMedian, age]
      return {
        step(state, bar, out) {
          const volatility = read(out, source)
          if (!baseline.fold(state, bar.index, volatility)) return withhold(out, own)
          const rank = rankInWindow(state, baseline, bar.index)
          const median = medianOf(state, bar.index)
          const code = machine(state, rank)
          out[regime] = code
          out[pctrank] = rank
          out[ratioMedian] = isZero(median) ? 1 : volatility / median
          out[age] = ageOf(state, code)
        },
      }
    },
  }),
})
