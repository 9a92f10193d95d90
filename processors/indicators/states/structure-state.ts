import { z } from 'zod'
import { barsSince } from '../bars-since.ts'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { isZero } from '../params.ts'
import { read } from '../ring.ts'
import type { Slice } from '../slice.ts'
import { withhold } from '../withhold.ts'
import { STRUCTURE } from './structure-code.ts'

const SWING_HIGH = 'swing_high_5'
const SWING_LOW = 'swing_low_5'
const ATR = 'atr_14'

/**
 * What the last two confirmed swing highs and lows make of the market (Dow theory; Lo, Mamaysky & Wang 2000). `state` (code):
 * 2 sideways_structure where both pairs lie within `flat_atr` ATRs, else 0 up_structure where both rose, 1 down_structure where
 * both fell, else 3 transition. `dist_last_*_atr` (ATRs): the close above the newest swing; no ATR: not available.
 * `bars_since_*` (bars): since the bar that confirmed it, at most 252. Nothing is available before two swings of each kind.
 */
export const structureState = defineIndicator({
  ids: ['structure_state_v1'],
  params: z.strictObject({ flat_atr: z.number().min(0) }),
  plan: ({ flat_atr }) => ({
    outputs: ['state', 'dist_last_high_atr', 'dist_last_low_atr', 'bars_since_high', 'bars_since_low'],
    warmupBars: undefined,
    dependencies: [SWING_HIGH, SWING_LOW, ATR],
    bind(slice) {
      const highs = lastTwoSwings(slice, SWING_HIGH)
      const lows = lastTwoSwings(slice, SWING_LOW)
      const range = slice.input(ATR, 'value')
      const code = slice.column('state')
      const highDistance = slice.column('dist_last_high_atr')
      const lowDistance = slice.column('dist_last_low_atr')
      const sinceHigh = slice.column('bars_since_high')
      const sinceLow = slice.column('bars_since_low')
      const own = [code, highDistance, lowDistance, sinceHigh, sinceLow]
      return {
        step(state, bar, out) {
          const barsSinceHigh = highs.fold(state, out)
          const barsSinceLow = lows.fold(state, out)
          const atr = read(out, range)
          if (Number.isNaN(atr) || !highs.complete(state) || !lows.complete(state)) return withhold(out, own)
          const high = highs.newest(state)
          const low = lows.newest(state)
          out[code] = structure(high - highs.older(state), low - lows.older(state), flat_atr * atr)
          out[highDistance] = isZero(atr) ? Number.NaN : (bar.close - high) / atr
          out[lowDistance] = isZero(atr) ? Number.NaN : (bar.close - low) / atr
          out[sinceHigh] = barsSinceHigh
          out[sinceLow] = barsSinceLow
        },
      }
    },
  }),
})

/** The structure that changes from swing to swing make; what is below `flat` is no change. */
function structure(highChange: number, lowChange: number, flat: number): number {
  if (Math.abs(highChange) < flat && Math.abs(lowChange) < flat) return STRUCTURE.sideways
  if (highChange > 0 && lowChange > 0) return STRUCTURE.up
  if (highChange < 0 && lowChange < 0) return STRUCTURE.down
  return STRUCTURE.transition
}

/** Prices of the last two swings that a swing indicator confirmed. */
function lastTwoSwings(slice: Slice, source: string) {
  const isSwing = slice.input(source, 'value')
  const price = slice.input(source, 'price')
  const newest = slice.slots(`${source}.newest`, 1, PRICE)
  const older = slice.slots(`${source}.older`, 1, PRICE)
  const count = slice.slots(`${source}.count`, 1, DIMENSIONLESS)
  const since = barsSince(slice, `${source}.since`)
  return {
    /** Returns the bars since the newest confirmation. */
    fold(state: Float64Array, out: Float64Array): number {
      const confirmed = read(out, isSwing) === 1
      if (confirmed) {
        state[older] = read(state, newest)
        state[newest] = read(out, price)
        state[count] = Math.min(2, read(state, count) + 1)
      }
      return since(state, confirmed)
    },
    complete: (state: Float64Array) => read(state, count) === 2,
    newest: (state: Float64Array) => read(state, newest),
    older: (state: Float64Array) => read(state, older),
  }
}
