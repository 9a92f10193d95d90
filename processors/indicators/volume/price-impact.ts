import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { isZero, windowLength, windowOnly } from '../params.ts'
import { put, read } from '../ring.ts'

/** Bars with volume that a mean illiquidity needs. */
const TRADED_BARS = 10

/** Unit of turnover in Kyle's lambda. */
const MILLION = 1e6

/**
 * Amihud illiquidity: mean of |r| / (C*V / scale_usd) over those of the last `window` bars that have volume, r the log return
 * (Amihud 2002). Unit: per million dollars. NaN with fewer than ten such bars.
 */
export const amihudIlliquidity = defineIndicator({
  ids: ['amihud_20'],
  params: z.strictObject({ window: windowLength, scale_usd: z.number().positive() }),
  plan: ({ window, scale_usd }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    bind(slice) {
      // |r| / (C*V / scale_usd) of each bar, NaN without volume; a split changes neither return nor turnover.
      const { offset, mask } = slice.ring('impacts', window, DIMENSIONLESS)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const turnover = (bar.close * bar.volume) / scale_usd
          state[offset + (bar.index & mask)] = bar.volume <= 0 ? Number.NaN : Math.abs(bar.logReturn) / turnover
          let sum = 0
          let traded = 0
          for (let index = bar.index - window + 1; index <= bar.index; index += 1) {
            const impact = read(state, offset + (index & mask))
            if (Number.isNaN(impact)) continue
            sum += impact
            traded += 1
          }
          out[value] = traded < TRADED_BARS ? Number.NaN : sum / traded
        },
      }
    },
  }),
})

/**
 * Kyle's lambda: slope through the origin of the log return on signed turnover q = sgn(r) * C*V / 1e6, over `window` bars
 * (Kyle 1985; Hasbrouck 2009). Unit: per million dollars. NaN where no bar both moved and traded.
 */
export const kyleLambda = defineIndicator({
  ids: ['kyle_lambda_20'],
  params: windowOnly,
  plan: ({ window }) => ({
    outputs: ['value'],
    warmupBars: window + 1,
    lookback: { logReturn: window },
    bind(slice) {
      const returns = slice.series('logReturn')
      const flows = slice.ring('flows', window, DIMENSIONLESS)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          put(state, flows, bar.index, Math.sign(bar.logReturn) * ((bar.close * bar.volume) / MILLION))
          let products = 0
          let squares = 0
          for (let index = bar.index - window + 1; index <= bar.index; index += 1) {
            const move = read(state, returns.offset + (index & returns.mask))
            const flow = read(state, flows.offset + (index & flows.mask))
            products += move * flow
            squares += flow * flow
          }
          out[value] = isZero(squares) ? Number.NaN : products / squares
        },
      }
    },
  }),
})
