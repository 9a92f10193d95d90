import { type Dimension, rescaleSlots } from '../indicators/dimension.ts'
import { read } from '../indicators/ring.ts'

/** A column of a timeframe that other timeframes read. */
export type KeptColumn = { readonly column: number; readonly dimension: Dimension }

/**
 * Rows kept. A reader that closes late (its bucket ended without a bar) must still find what was the newest at its own close; what
 * is further back than this is not available to it.
 */
const ROWS = 4

// The number of rows so far, then each row as its time and its values.
const COUNT = 0
const FIRST_ROW = 1

/** Slots of the newest rows of a timeframe, as far as other timeframes read them: 0 when none does. */
export function keptLength(kept: readonly KeptColumn[]): number {
  return kept.length === 0 ? 0 : FIRST_ROW + ROWS * (1 + kept.length)
}

/** Keeps what other timeframes read of a row stamped `ts`. */
export function keep(slots: Float64Array, kept: readonly KeptColumn[], ts: number, row: Float64Array): void {
  if (kept.length === 0) return
  const count = read(slots, COUNT)
  let slot = rowOffset(count, kept)
  slots[slot] = ts
  for (const { column } of kept) {
    slot += 1
    slots[slot] = read(row, column)
  }
  slots[COUNT] = count + 1
}

/** The value of the newest kept row that is not stamped after `ts`; NaN when there is none. `index` is a place in `kept`. */
export function keptAt(slots: Float64Array, kept: readonly KeptColumn[], index: number, ts: number): number {
  const count = read(slots, COUNT)
  for (let row = count - 1; row >= Math.max(0, count - ROWS); row -= 1) {
    const slot = rowOffset(row, kept)
    if (read(slots, slot) <= ts) return read(slots, slot + 1 + index)
  }
  return Number.NaN
}

/** Brings the kept values into the units after a split. */
export function rescaleKept(slots: Float64Array, kept: readonly KeptColumn[], splitFactor: number): void {
  for (let row = 0; kept.length > 0 && row < ROWS; row += 1) {
    let slot = rowOffset(row, kept)
    for (const { dimension } of kept) {
      slot += 1
      rescaleSlots(slots, slot, 1, dimension, splitFactor)
    }
  }
}

function rowOffset(row: number, kept: readonly KeptColumn[]): number {
  return FIRST_ROW + (row % ROWS) * (1 + kept.length)
}
