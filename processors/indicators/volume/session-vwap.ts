import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS, VOLUME } from '../dimension.ts'
import { isZero, noParams } from '../params.ts'
import { read } from '../ring.ts'

/** What shares were traded for: the units of price and volume cancel at a split. */
const TURNOVER = { pricePower: 1, volumePower: 1 }

/**
 * Volume-weighted average price since the session began: sum(tp * V) / sum(V), tp = (H + L + C) / 3 (Berkowitz, Logue & Noser 1988).
 * Unit: price. None before anything is traded and where no calendar is known. In a stream that starts within a session it begins
 * with the first bar.
 */
export const sessionVwap = defineIndicator({
  ids: ['vwap_intraday'],
  params: z.strictObject({ reset: z.literal('session'), price_field: z.literal('typical_price') }),
  plan: () => ({
    outputs: ['value'],
    warmupBars: 1,
    bind(slice) {
      const session = slice.slots('session', 1, DIMENSIONLESS)
      const turnover = slice.slots('turnover', 1, TURNOVER)
      const traded = slice.slots('traded', 1, VOLUME)
      const value = slice.column('value')
      return {
        step(state, bar, out) {
          const { ordinal } = bar.session
          const goesOn = bar.index > 0 && ordinal === read(state, session)
          const typical = (bar.high + bar.low + bar.close) / 3
          const paid = (goesOn ? read(state, turnover) : 0) + typical * bar.volume
          const shares = (goesOn ? read(state, traded) : 0) + bar.volume
          state[session] = ordinal
          state[turnover] = paid
          state[traded] = shares
          out[value] = Number.isNaN(ordinal) || isZero(shares) ? Number.NaN : paid / shares
        },
      }
    },
  }),
})

/** Distance of the close from the session's VWAP in average true ranges: (C - vwap_intraday) / atr_14. Unit: atr. None for atr 0. */
export const vwapDeviation = defineIndicator({
  ids: ['vwap_dev'],
  params: noParams,
  plan: () => ({
    outputs: ['value'],
    warmupBars: 15,
    dependencies: ['vwap_intraday', 'atr_14'],
    bind(slice) {
      const vwap = slice.input('vwap_intraday', 'value')
      const averageTrueRange = slice.input('atr_14', 'value')
      const value = slice.column('value')
      return {
        step(_state, bar, out) {
          const atr = out[averageTrueRange] ?? Number.NaN
          out[value] = isZero(atr) ? Number.NaN : (bar.close - (out[vwap] ?? Number.NaN)) / atr
        },
      }
    },
  }),
})
