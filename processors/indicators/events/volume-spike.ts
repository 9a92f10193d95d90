import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { previousValue } from '../previous-value.ts'
import { read } from '../ring.ts'
import { withhold } from '../withhold.ts'

const SOURCE = 'vol_z_20'
const SOURCE_WARMUP = 20

/**
 * Volume that becomes unusual (Gervais, Kaniel & Mingelgrin 2001): its z-score reaches `z`, which it had not one bar ago.
 * `up`, `down` (flag): by the sign of the bar's log return; a bar without a return is neither.
 */
export const volumeSpike = defineIndicator({
  ids: ['volume_spike_event_v1'],
  params: z.strictObject({ z: z.number() }),
  plan: ({ z: threshold }) => ({
    outputs: ['up', 'down'],
    warmupBars: SOURCE_WARMUP + 1,
    dependencies: [SOURCE],
    bind(slice) {
      const source = slice.input(SOURCE, 'value')
      const scoreBefore = previousValue(slice, 'score', DIMENSIONLESS)
      const up = slice.column('up')
      const down = slice.column('down')
      const own = [up, down]
      return {
        step(state, bar, out) {
          const score = read(out, source)
          const before = scoreBefore(state, bar.index, score)
          if (Number.isNaN(score + before)) return withhold(out, own)
          const isSpike = score >= threshold && before < threshold
          out[up] = Number(isSpike && bar.logReturn > 0)
          out[down] = Number(isSpike && bar.logReturn < 0)
        },
      }
    },
  }),
})
