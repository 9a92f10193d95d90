import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { DIMENSIONLESS } from '../../../processors/indicators/dimension.ts'
import { createLayout } from '../../../processors/indicators/layout.ts'
import { percentRank } from '../../../processors/indicators/percent-rank.ts'
import { unbrokenWindow } from '../../../processors/indicators/unbroken-window.ts'
import { windowMedian } from '../../../processors/indicators/window-median.ts'
import { sliceOf } from './slices.ts'

const nothing = Number.NaN

function ranks(values: readonly number[], length: number): number[] {
  const layout = createLayout()
  const rank = percentRank(sliceOf(layout), 'rank', length, DIMENSIONLESS)
  const state = new Float64Array(layout.length)
  return values.map((value, index) => rank(state, index, value))
}

describe('percentRank', () => {
  it('is 0 for the smallest of the window, 1 for the largest, and counts half of the others that are equal', () => {
    expect(ranks([1, 2, 3, 4, 5], 5).at(-1)).toBe(1)
    expect(ranks([5, 4, 3, 2, 1], 5).at(-1)).toBe(0)
    expect(ranks([1, 3, 3, 5, 3], 5).at(-1)).toBe((1 + 0.5 * 2) / 4)
    expect(ranks([7, 7, 7], 3).at(-1)).toBe(0.5)
  })

  it('is not available until the window is full, nor while a bar in it has no value', () => {
    expect(ranks([1, 2, 3, nothing, 1, 2, 3], 3)).toEqual([nothing, nothing, 1, nothing, nothing, nothing, 1])
  })
})

describe('windowMedian', () => {
  it('is the middle of the sorted window', () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.double({ min: -5, max: 5, noNaN: true }))
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        (values, length) => {
          const layout = createLayout()
          const window = unbrokenWindow(sliceOf(layout), 'window', length, DIMENSIONLESS)
          const medianOf = windowMedian(window)
          const state = new Float64Array(layout.length)
          values.forEach((each, index) => {
            const isFull = window.fold(state, index, each)
            expect(isFull).toBe(index >= length - 1)
            if (!isFull) return
            const sorted = values.slice(index - length + 1, index + 1).toSorted((a, b) => a - b)
            const [lower = 0, upper = 0] = [sorted[(length - 1) >> 1], sorted[length >> 1]]
            expect(medianOf(state, index) + 0).toBe((lower + upper) / 2 + 0)
          })
        },
      ),
    )
  })
})
