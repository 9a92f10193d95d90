import { describe, expect, test } from '@jest/globals'
import { bitsAreSteady } from '../../models/bit-check.ts'
import type { RowScorer } from '../../models/row-scorer.ts'

const WIDTH = 2
const rows = Float32Array.from({ length: 32 * WIDTH }, (_, index) => Math.sin(index))

/** Scores a row by the sum of its features, changed by where it stands or what stands beside it. */
function scorer(change: (score: number, position: number, previous: number, count: number) => number): RowScorer {
  return {
    mode: 'batch',
    score: async (given) => {
      const sum = (row: number) => (given[row * WIDTH] ?? 0) + (given[row * WIDTH + 1] ?? 0)
      const count = given.length / WIDTH
      return Float32Array.from({ length: count }, (_, row) => change(sum(row), row, row > 0 ? sum(row - 1) : 0, count))
    },
  }
}

describe('the bits of a batch', () => {
  test('are steady when a score depends on its row alone', async () => {
    expect(
      await bitsAreSteady(
        scorer((score) => score),
        rows,
        WIDTH,
      ),
    ).toBe(true)
  })

  test.each([
    ['on its position', scorer((score, position) => (position === 63 ? score * (1 + 2 ** -23) : score))],
    ['on its neighbour', scorer((score, _, previous) => (previous > 1.2 ? score * (1 + 2 ** -23) : score))],
    ['on the number of rows', scorer((score, _position, _previous, count) => (count > 1 ? score + 2 ** -20 : score))],
  ])('are not when the last bit of a score depends %s', async (_, unsteady) => {
    expect(await bitsAreSteady(unsteady, rows, WIDTH)).toBe(false)
  })

  test('tell minus zero from zero', async () => {
    const signed = scorer((_, position) => (position === 5 ? -0 : 0))
    expect(await bitsAreSteady(signed, rows, WIDTH)).toBe(false)
  })
})
