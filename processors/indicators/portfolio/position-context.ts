import { defineIndicator } from '../definition.ts'
import { DIMENSIONLESS } from '../dimension.ts'
import { isZero, noParams } from '../params.ts'
import { read } from '../ring.ts'

/**
 * The symbol's own position in the newest snapshot: its part of equity, its gain since the average entry in average true ranges
 * (positive when it gains), and the bars since the first that saw it on its side of zero (0 on that bar; a turn from long to short
 * begins anew). All 0 when flat. None without a snapshot; a part also for an equity of 0 or less, an unknown price or entry, atr 0.
 */
export const positionContext = defineIndicator({
  ids: ['position_ctx_v1'],
  params: noParams,
  plan: () => ({
    outputs: ['weight', 'unrealised_atr', 'holding_bars'],
    warmupBars: 15,
    dependencies: ['atr_14'],
    side: ['portfolio.equity', 'position.quantity', 'position.notional', 'position.average_entry'],
    bind(slice) {
      const equityField = slice.side('portfolio.equity')
      const quantityField = slice.side('position.quantity')
      const notionalField = slice.side('position.notional')
      const entryField = slice.side('position.average_entry')
      const averageTrueRange = slice.input('atr_14', 'value')
      const heldSide = slice.slots('side', 1, DIMENSIONLESS)
      const firstBar = slice.slots('first_bar', 1, DIMENSIONLESS)
      const weight = slice.column('weight')
      const unrealised = slice.column('unrealised_atr')
      const holdingBars = slice.column('holding_bars')
      return {
        step(state, { side, index, close }, out) {
          const direction = Math.sign(side[quantityField] ?? Number.NaN)
          if (direction !== read(state, heldSide)) state[firstBar] = index
          state[heldSide] = Number.isNaN(direction) ? 0 : direction
          if (direction === 0) {
            out[weight] = out[unrealised] = out[holdingBars] = 0
            return
          }
          const equity = side[equityField] ?? Number.NaN
          const gain = direction * (close - (side[entryField] ?? Number.NaN))
          const atr = out[averageTrueRange] ?? Number.NaN
          out[weight] = equity > 0 ? (side[notionalField] ?? Number.NaN) / equity : Number.NaN
          out[unrealised] = isZero(atr) ? Number.NaN : gain / atr
          out[holdingBars] = Number.isNaN(direction) ? Number.NaN : index - read(state, firstBar)
        },
      }
    },
  }),
})
