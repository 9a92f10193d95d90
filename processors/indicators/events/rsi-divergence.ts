import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, PRICE } from '../dimension.ts'
import { windowLength } from '../params.ts'
import { put, type Ring, read, valueAgo } from '../ring.ts'
import type { Slice } from '../slice.ts'

const RSI = 'rsi_14'
const SWING_HIGH = 'swing_high_5'
const SWING_LOW = 'swing_low_5'

/** Bars from a pivot to its confirmation. */
const CONFIRMED_AFTER = 2

const WARMUP = 30

/**
 * Divergence of price and RSI at confirmed swings. `bull` (flag): at the confirmation of a swing low that is lower than the
 * swing low before it, while the RSI at its pivot is higher by at least `min_rsi` points than at that one's, the pivots at most
 * `max_gap` bars apart; `bear` mirrors it on swing highs.
 */
export const rsiDivergence = defineIndicator({
  ids: ['rsi_divergence_event_v1'],
  params: z.strictObject({ min_rsi: z.number().min(0), max_gap: windowLength }),
  plan: ({ min_rsi, max_gap }) => ({
    outputs: ['bull', 'bear'],
    warmupBars: WARMUP,
    dependencies: [RSI, SWING_HIGH, SWING_LOW],
    bind(slice) {
      const rsi = slice.input(RSI, 'value')
      const recent = slice.ring('rsi', CONFIRMED_AFTER + 1, DIMENSIONLESS)
      const limits = { min_rsi, max_gap }
      const atLows = divergence(slice, recent, { source: SWING_LOW, direction: 1, ...limits })
      const atHighs = divergence(slice, recent, { source: SWING_HIGH, direction: -1, ...limits })
      const bull = slice.column('bull')
      const bear = slice.column('bear')
      return {
        step(state, bar, out) {
          put(state, recent, bar.index, read(out, rsi))
          out[bull] = atLows(state, bar.index, out)
          out[bear] = atHighs(state, bar.index, out)
        },
      }
    },
  }),
})

type Divergence = {
  readonly source: string
  /** Where the RSI must point while the price points the other way: 1 up, -1 down. */
  readonly direction: 1 | -1
  readonly min_rsi: number
  readonly max_gap: number
}

/** Whether the bar confirms a swing that diverges from the one before it; NaN while the swings are not available. */
function divergence(slice: Slice, recentRsi: Ring, { source, direction, min_rsi, max_gap }: Divergence) {
  const isSwing = slice.input(source, 'value')
  const price = slice.input(source, 'price')
  const lastPrice = slice.slots(`${source}.price`, 1, PRICE)
  const lastRsi = slice.slots(`${source}.rsi`, 1, DIMENSIONLESS)
  // One more than the bar's index: a fresh slot, 0, then says that there has been none.
  const lastBar = slice.slots(`${source}.bar`, 1, DIMENSIONLESS)
  return (state: Float64Array, index: number, out: Float64Array): number => {
    const confirmed = read(out, isSwing)
    if (confirmed !== 1) return confirmed
    const pivotPrice = read(out, price)
    const pivotRsi = valueAgo(state, recentRsi, index, CONFIRMED_AFTER)
    const diverges =
      read(state, lastBar) > 0 &&
      index + 1 - read(state, lastBar) <= max_gap &&
      direction * (pivotPrice - read(state, lastPrice)) < 0 &&
      direction * (pivotRsi - read(state, lastRsi)) >= min_rsi
    state[lastPrice] = pivotPrice
    state[lastRsi] = pivotRsi
    state[lastBar] = index + 1
    return Number(diverges)
  }
}
