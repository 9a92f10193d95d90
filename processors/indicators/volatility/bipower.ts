import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import { isZero, windowLength } from '../params.ts'
import { read } from '../ring.ts'

/**
 * Bipower variation of the last `window` log returns, (pi/2) n/(n-1) sum |r||r[1]|, which jumps do not enter
 * (Barndorff-Nielsen & Shephard 2004). `bv_vol`: its root per bar, unit vol. `jump_ratio`: the share of the realised variance that
 * it does not explain, 0..1, 0 where nothing moved.
 */
export const bipowerVariation = defineIndicator({
  ids: ['bipower_20'],
  params: z.strictObject({ window: windowLength.min(2) }),
  plan: ({ window }) => ({
    outputs: ['bv_vol', 'jump_ratio'],
    warmupBars: window + 1,
    lookback: { logReturn: window },
    bind(slice) {
      const { offset, mask } = slice.series('logReturn')
      const continuousVolatility = slice.column('bv_vol')
      const jumpRatio = slice.column('jump_ratio')
      const scale = (Math.PI / 2) * (window / (window - 1))
      return {
        step(state, bar, out) {
          const first = bar.index - window + 1
          let previous = Math.abs(read(state, offset + (first & mask)))
          let realized = previous * previous
          let products = 0
          for (let index = first + 1; index <= bar.index; index += 1) {
            const move = Math.abs(read(state, offset + (index & mask)))
            realized += move * move
            products += move * previous
            previous = move
          }
          const bipower = scale * products
          out[continuousVolatility] = Math.sqrt(bipower / window)
          out[jumpRatio] = isZero(realized) ? 0 : Math.max(0, 1 - bipower / realized)
        },
      }
    },
  }),
})
