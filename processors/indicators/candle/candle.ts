import type { Bar } from '../bar.ts'
import { defineIndicator, type IndicatorDefinition } from '../definition.ts'
import { isZero, noParams } from '../params.ts'

/** |C-O| / (H-L) (Qlib Alpha158 KMID2, absolute). Unit: ratio; no range: 0. */
export const candleBody = shareOfRange('candle_body_pct', 0, ({ open, close }) => Math.abs(close - open))

/** (H - max(O,C)) / (H-L) (Qlib Alpha158 KUP2). Unit: ratio; no range: 0. */
export const upperWick = shareOfRange('upper_wick_pct', 0, ({ open, high, close }) => high - Math.max(open, close))

/** (min(O,C) - L) / (H-L) (Qlib Alpha158 KLOW2). Unit: ratio; no range: 0. */
export const lowerWick = shareOfRange('lower_wick_pct', 0, ({ open, low, close }) => Math.min(open, close) - low)

/** (C-L) / (H-L) (Qlib Alpha158 KSFT2, rescaled). Unit: ratio; no range: 0.5. */
export const closePosition = shareOfRange('close_pos_pct', 0.5, ({ low, close }) => close - low)

function shareOfRange(id: string, withoutRange: number, part: (bar: Bar) => number): IndicatorDefinition {
  return defineIndicator({
    ids: [id],
    params: noParams,
    plan: () => ({
      outputs: ['value'],
      warmupBars: 1,
      bind(slice) {
        const value = slice.column('value')
        return {
          step(_state, bar, out) {
            const range = bar.high - bar.low
            out[value] = isZero(range) ? withoutRange : part(bar) / range
          },
        }
      },
    }),
  })
}
