import { barsSince } from '../bars-since.ts'
import { defineIndicator } from '../definition.ts'
import { PRICE } from '../dimension.ts'
import { noParams } from '../params.ts'
import { previousValue } from '../previous-value.ts'
import { read } from '../ring.ts'
import { withhold } from '../withhold.ts'

const FAST = 'sma_50'
const SLOW = 'sma_200'
const SLOW_WARMUP = 200
const MACD = 'macd_12_26_9'
const MACD_WARMUP = 34

/**
 * Crossings of the 50 and the 200 bar average (Brock, Lakonishok & LeBaron 1992). `golden`, `death` (flag): the fast average is
 * now above the slow one, or below, and was not one bar ago. `gap_pct` (pct): the fast average above the slow one. `bars_since`
 * (bars): since the last crossing either way, 252 before the first and at most.
 */
export const averageCross = defineIndicator({
  ids: ['ma_cross_event_v1'],
  params: noParams,
  plan: () => ({
    outputs: ['golden', 'death', 'gap_pct', 'bars_since'],
    warmupBars: SLOW_WARMUP + 1,
    dependencies: [FAST, SLOW],
    bind(slice) {
      const fast = slice.input(FAST, 'value')
      const slow = slice.input(SLOW, 'value')
      const differenceBefore = previousValue(slice, 'difference', PRICE)
      const since = barsSince(slice, 'since')
      const golden = slice.column('golden')
      const death = slice.column('death')
      const gap = slice.column('gap_pct')
      const sinceCross = slice.column('bars_since')
      const own = [golden, death, gap, sinceCross]
      return {
        step(state, bar, out) {
          const average = read(out, slow)
          const difference = read(out, fast) - average
          const before = differenceBefore(state, bar.index, difference)
          if (Number.isNaN(difference + before)) return withhold(out, own)
          const isGolden = difference > 0 && before <= 0
          const isDeath = difference < 0 && before >= 0
          out[golden] = Number(isGolden)
          out[death] = Number(isDeath)
          out[gap] = (100 * difference) / average
          out[sinceCross] = since(state, isGolden || isDeath)
        },
      }
    },
  }),
})

/** Crossings of MACD and its signal: `up`, `down` (flag): the histogram is now above zero, or below, and was not one bar ago. */
export const macdCross = defineIndicator({
  ids: ['macd_cross_event_v1'],
  params: noParams,
  plan: () => ({
    outputs: ['up', 'down'],
    warmupBars: MACD_WARMUP + 1,
    dependencies: [MACD],
    bind(slice) {
      const histogram = slice.input(MACD, 'hist')
      const histogramBefore = previousValue(slice, 'histogram', PRICE)
      const up = slice.column('up')
      const down = slice.column('down')
      const own = [up, down]
      return {
        step(state, bar, out) {
          const now = read(out, histogram)
          const before = histogramBefore(state, bar.index, now)
          if (Number.isNaN(now + before)) return withhold(out, own)
          out[up] = Number(now > 0 && before <= 0)
          out[down] = Number(now < 0 && before >= 0)
        },
      }
    },
  }),
})
