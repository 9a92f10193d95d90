import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { isZero, windowLength } from '../params.ts'
import { read } from '../ring.ts'
import { withhold } from '../withhold.ts'

const BANDS = 'bollinger_20_2'
const CHANNEL = 'keltner_20_10_15'
const HIGH = 'range_high_20'
const LOW = 'range_low_20'
const MIDDLE = 'sma_20'
const ATR = 'atr_14'

const OFF = 0
const ON = 1
const FIRED_UP = 2
const FIRED_DOWN = 3

/** The bands are those of the dependencies: other numbers need other rows. */
const params = z.strictObject({
  bb: z.tuple([z.literal(20), z.literal(2)]),
  kc: z.tuple([z.literal(20), z.literal(10), z.literal(1.5)]),
  hold: windowLength,
})

/**
 * Volatility squeeze: Bollinger bands within the Keltner channel (Carter 2005). `state` (code: 0 off, 1 on, 2 fired_up,
 * 3 fired_down): when a squeeze ends it has fired, in the direction of `momentum`, for `hold` bars, the one on which it ended
 * included, unless it is on again. `compression` (ratio): width of the bands over that of the channel; a channel without width:
 * not available, and no squeeze. `momentum` (ATRs): the close above the mean of range middle and moving average; no ATR: 0.
 */
export const squeeze = defineIndicator({
  ids: ['squeeze_state_v1'],
  params,
  plan: ({ bb, hold }) => ({
    outputs: ['state', 'compression', 'momentum'],
    warmupBars: bb[0],
    dependencies: [BANDS, CHANNEL, HIGH, LOW, MIDDLE, ATR],
    bind(slice) {
      const bandUpper = slice.input(BANDS, 'upper')
      const bandLower = slice.input(BANDS, 'lower')
      const channelUpper = slice.input(CHANNEL, 'upper')
      const channelLower = slice.input(CHANNEL, 'lower')
      const high = slice.input(HIGH, 'value')
      const low = slice.input(LOW, 'value')
      const middle = slice.input(MIDDLE, 'value')
      const range = slice.input(ATR, 'value')
      const lastCode = slice.slots('code', 1, DIMENSIONLESS)
      const barsLeft = slice.slots('hold', 1, DIMENSIONLESS)
      const code = slice.column('state')
      const compression = slice.column('compression')
      const momentum = slice.column('momentum')
      const own = [code, compression, momentum]

      /** The code after `before` for a bar on which the squeeze is on, or is not. */
      function next(state: Float64Array, isOn: boolean, push: number): number {
        if (isOn) return ON
        const before = read(state, lastCode)
        if (before === ON) {
          state[barsLeft] = hold
          return push >= 0 ? FIRED_UP : FIRED_DOWN
        }
        state[barsLeft] = Math.max(0, read(state, barsLeft) - 1)
        return read(state, barsLeft) > 0 ? before : OFF
      }

      return {
        step(state, bar, out) {
          const atr = read(out, range)
          const bandWidth = read(out, bandUpper) - read(out, bandLower)
          const channelWidth = read(out, channelUpper) - read(out, channelLower)
          const center = ((read(out, high) + read(out, low)) / 2 + read(out, middle)) / 2
          if (Number.isNaN(atr + bandWidth + channelWidth + center)) return withhold(out, own)
          const isFlat = isZero(channelWidth)
          const isOn =
            !isFlat && read(out, bandUpper) < read(out, channelUpper) && read(out, bandLower) > read(out, channelLower)
          const push = isZero(atr) ? 0 : (bar.close - center) / atr
          const now = next(state, isOn, push)
          state[lastCode] = now
          out[code] = now
          out[compression] = isFlat ? Number.NaN : bandWidth / channelWidth
          out[momentum] = push
        },
      }
    },
  }),
})
