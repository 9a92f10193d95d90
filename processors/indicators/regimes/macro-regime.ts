import { z } from 'zod'
import { defineIndicator } from '../definition.ts'

/** Codes of the quadrants. */
const HIGH_INFLATION_HIGH_GROWTH = 0
const HIGH_INFLATION_LOW_GROWTH = 1
const LOW_INFLATION_HIGH_GROWTH = 2
const LOW_INFLATION_LOW_GROWTH = 3
const OTHER = 4

/**
 * The quadrant of growth and inflation by the z-scores of their year-on-year changes over 60 releases (first-release values, which
 * who fills the side fields computes); other while either lies within `dead_band` of 0. None before there are 60 of both.
 */
export const macroRegime = defineIndicator({
  ids: ['macro_regime_state_v1'],
  params: z.strictObject({ window: z.literal(60), dead_band: z.number().positive() }),
  plan: ({ dead_band }) => ({
    outputs: ['macro_regime_state'],
    warmupBars: undefined,
    side: ['macro.growth_z', 'macro.inflation_z'],
    bind(slice) {
      const growthField = slice.side('macro.growth_z')
      const inflationField = slice.side('macro.inflation_z')
      const state = slice.column('macro_regime_state')
      return {
        step(_state, { side }, out) {
          const growth = side[growthField] ?? Number.NaN
          const inflation = side[inflationField] ?? Number.NaN
          if (Number.isNaN(growth) || Number.isNaN(inflation)) out[state] = Number.NaN
          else if (Math.abs(growth) < dead_band || Math.abs(inflation) < dead_band) out[state] = OTHER
          else if (inflation > 0) out[state] = growth > 0 ? HIGH_INFLATION_HIGH_GROWTH : HIGH_INFLATION_LOW_GROWTH
          else out[state] = growth > 0 ? LOW_INFLATION_HIGH_GROWTH : LOW_INFLATION_LOW_GROWTH
        },
      }
    },
  }),
})
