import { BATCH_ROWS, type RowScorer } from './row-scorer.ts'

/** Steps through the rows, coprime to their number as a rule, so that each row meets other neighbours. */
const STRIDES = [1, 7, 11]

/**
 * Whether a batch scorer gives each of these rows the same bits alone, at every position of the batch, and beside other
 * neighbours. `rows` holds whole rows of `width` numbers one after the other.
 */
export async function bitsAreSteady(scorer: RowScorer, rows: Float32Array, width: number): Promise<boolean> {
  const count = rows.length / width
  const alone = new Uint32Array(count)
  for (let row = 0; row < count; row += 1) alone[row] = bitsOf(await scorer.score(rowAt(rows, width, row)))[0] ?? 0
  for (const stride of STRIDES) {
    for (let shift = 0; shift < BATCH_ROWS; shift += 1) {
      const order = Array.from({ length: BATCH_ROWS }, (_, position) => (position * stride + shift) % count)
      const batch = new Float32Array(BATCH_ROWS * width)
      order.forEach((row, position) => {
        batch.set(rowAt(rows, width, row), position * width)
      })
      const bits = bitsOf(await scorer.score(batch))
      if (order.some((row, position) => bits[position] !== alone[row])) return false
    }
  }
  return true
}

function rowAt(rows: Float32Array, width: number, row: number): Float32Array {
  return rows.subarray(row * width, (row + 1) * width)
}

function bitsOf(scores: Float32Array): Uint32Array {
  return new Uint32Array(scores.buffer, scores.byteOffset, scores.length)
}
